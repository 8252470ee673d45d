# shellcheck shell=bash
# Ceph Object Gateway (Debian's packages): one monitor, one OSD that keeps objects in memory, one radosgw.
GATEWAY=$((FIRST_PORT + 10))
MONITOR=$((GATEWAY + 1))
PORTS=("$GATEWAY" "$MONITOR")

prepare() { need ceph-mon:ceph-mon ceph-osd:ceph-osd radosgw:radosgw ceph:ceph-common curl:curl; }

start() {
	local fsid osd_uuid
	fsid=$(cat /proc/sys/kernel/random/uuid)
	osd_uuid=$(cat /proc/sys/kernel/random/uuid)
	mount_data
	mkdir "$STATE"/data/{mon,osd,crash} "$STATE/sockets"
	: >"$STATE/keyring"
	write_config "$fsid" >"$STATE/ceph.conf"

	setup monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$MONITOR]" "$STATE/monmap"
	setup ceph-mon -c "$STATE/ceph.conf" --mkfs -i a --monmap "$STATE/monmap"
	spawn mon ceph-mon -c "$STATE/ceph.conf" -f -i a
	wait_until 'the monitor' port_answers "$MONITOR"

	setup ceph -c "$STATE/ceph.conf" --connect-timeout 20 osd new "$osd_uuid"
	setup ceph-osd -c "$STATE/ceph.conf" -i 0 --mkfs --osd-uuid "$osd_uuid"
	spawn osd ceph-osd -c "$STATE/ceph.conf" -f -i 0
	wait_until 'the OSD' osd_is_up

	spawn radosgw radosgw -c "$STATE/ceph.conf" -f -n client.rgw.a
	wait_until 'the gateway' port_answers "$GATEWAY"
	setup timeout 60 radosgw-admin -c "$STATE/ceph.conf" user create --uid sluice --display-name sluice \
		--access-key "$ACCESS_KEY" --secret-key "$SECRET_KEY"
	wait_until 'the S3 API' lists_buckets "$GATEWAY"
}

report() { echo "SLUICE_TEST_RGW=$(s3_url "$GATEWAY")"; }

setup() { "$@" >>"$STATE/log/setup.log" 2>&1 9>&- || die_with_log "$STATE/log/setup.log" "$1 failed"; }

osd_is_up() { ceph -c "$STATE/ceph.conf" --connect-timeout 5 osd stat | grep -q '1 up'; }

# Notes on what is not obvious:
# - Without cephx radosgw needs `ms_mon_client_mode = crc`; its default, `secure`, hangs.
# - Without msgr1 the OSD takes four ports, so three are to spare.
# - radosgw takes an unknown Host for a bucket's name: `rgw_dns_name = localhost` lets localhost, 127.0.0.1 and BUCKET.localhost work.
# - Without tcp_nodelay every answer on a kept connection is 40 ms late.
# - Garbage is collected early, as deleted objects are memory.
write_config() {
	cat <<-CONF
		[global]
		fsid = $1
		mon_host = v2:127.0.0.1:$MONITOR/0
		mon_initial_members = a
		auth_cluster_required = none
		auth_service_required = none
		auth_client_required = none
		ms_mon_client_mode = crc
		ms_mon_service_mode = crc
		ms_mon_cluster_mode = crc
		ms_crc_data = false
		ms_crc_header = false
		ms_bind_msgr1 = false
		ms_bind_port_min = $((GATEWAY + 2))
		ms_bind_port_max = $((GATEWAY + 8))
		public_addr = 127.0.0.1
		cluster_addr = 127.0.0.1
		keyring = $STATE/keyring
		run_dir = $STATE/sockets
		admin_socket = $STATE/sockets/\$name.asok
		crash_dir = $STATE/data/crash
		pid_file =
		log_file = $STATE/log/\$name.ceph.log
		log_to_stderr = false
		err_to_stderr = true
		osd_pool_default_size = 1
		osd_pool_default_min_size = 1
		osd_pool_default_pg_num = 1
		osd_pool_default_pgp_num = 1
		osd_pool_default_pg_autoscale_mode = off
		osd_crush_chooseleaf_type = 0
		osd_max_pg_per_osd_hard_ratio = 100
		mon_max_pg_per_osd = 10000
		mon_allow_pool_size_one = true
		mon_warn_on_pool_no_redundancy = false
		mon_data_avail_crit = 1
		mon_data_avail_warn = 1
		paxos_propose_interval = 0.05
		paxos_min_wait = 0.01
	CONF
	printf 'debug_%s = 0/0\n' rgw ms osd mon paxos objecter monc rados objclass rocksdb auth crush tp context buffer timer throttle finisher
	cat <<-CONF
		[mon]
		mon_data = $STATE/data/mon
		mon_cluster_log_file = $STATE/log/cluster.log
		[osd]
		osd_data = $STATE/data/osd
		osd_objectstore = memstore
		memstore_device_bytes = 8589934592
		osd_op_num_shards = 2
		osd_op_num_threads_per_shard = 1
		osd_class_load_list = *
		osd_class_default_list = *
		[client]
		rgw_frontends = beast endpoint=127.0.0.1:$GATEWAY tcp_nodelay=1
		rgw_thread_pool_size = 64
		rgw_enable_usage_log = false
		rgw_dns_name = localhost
		rgw_crypt_require_ssl = false
		rgw_gc_obj_min_wait = 1
		rgw_gc_processor_period = 2
		rgw_gc_processor_max_time = 2
	CONF
}
