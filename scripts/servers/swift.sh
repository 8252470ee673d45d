# shellcheck shell=bash
# OpenStack Swift (Debian's packages) with TempAuth and s3api: one proxy that speaks the Swift API and S3, one account,
# container and object server behind it, memcached for tokens.
PROXY=$FIRST_PORT
ACCOUNT=$((PROXY + 1))
CONTAINER=$((PROXY + 2))
OBJECT=$((PROXY + 3))
MEMCACHED=$((PROXY + 4))
PORTS=("$PROXY" "$ACCOUNT" "$CONTAINER" "$OBJECT" "$MEMCACHED")
AUTH_URL=http://127.0.0.1:$PROXY/auth/v1.0

prepare() {
	need swift-proxy-server:swift-proxy swift-account-server:swift-account swift-container-server:swift-container \
		swift-object-server:swift-object memcached:memcached python3:python3-minimal curl:curl
}

start() {
	local server
	mount_data xattrs
	mkdir -p "$STATE"/{etc,cache} "$STATE/data/disk"
	write_swift_config >"$STATE/etc/swift.conf"
	write_storage_config "$ACCOUNT" account >"$STATE/etc/account-server.conf"
	write_storage_config "$CONTAINER" container >"$STATE/etc/container-server.conf"
	write_storage_config "$OBJECT" object >"$STATE/etc/object-server.conf"
	write_proxy_config >"$STATE/etc/proxy-server.conf"
	swift_server rings "$ACCOUNT" "$CONTAINER" "$OBJECT" >"$STATE/log/rings.log" 2>&1 9>&- || die_with_log "$STATE/log/rings.log" 'could not build the rings'

	spawn memcached memcached -l 127.0.0.1 -p "$MEMCACHED" -U 0 -m 64 -u "$(id -un)"
	for server in account container object proxy; do
		spawn "$server" "${SWIFT_SERVER[@]}" "$server"
	done
	for server in "${PORTS[@]}"; do
		wait_until "port $server" port_answers "$server"
	done
	wait_until 'the Swift API' answers_signed_in
}

report() {
	cat <<-OUT
		SLUICE_TEST_SWIFT_S3=http://test%3Atester:testing@127.0.0.1:$PROXY/?region=us-east-1
		SLUICE_TEST_SWIFT_AUTH=$AUTH_URL
		SLUICE_TEST_SWIFT_USER=test:tester
		SLUICE_TEST_SWIFT_KEY=testing
	OUT
}

# Debian's Python, whatever else is on the PATH: Swift's modules are installed for that one.
SWIFT_SERVER=(/usr/bin/python3 -I -W ignore "$HERE/swift-server.py" "$STATE/etc")
swift_server() { "${SWIFT_SERVER[@]}" "$@"; }

# A token from TempAuth opens the account: proxy, memcached and account server work together.
answers_signed_in() {
	local token
	token=$(fetch -o /dev/null -D - -H 'X-Auth-User: test:tester' -H 'X-Auth-Key: testing' "$AUTH_URL" | tr -d '\r' | sed -n 's/^X-Auth-Token: //Ip')
	fetch -o /dev/null -H "X-Auth-Token: $token" "http://127.0.0.1:$PROXY/v1/AUTH_test"
}

write_swift_config() {
	cat <<-CONF
		[swift-hash]
		swift_hash_path_prefix = sluice
		swift_hash_path_suffix = sluice
		[storage-policy:0]
		name = gold
		default = yes
	CONF
}

write_defaults() {
	cat <<-CONF
		[DEFAULT]
		bind_ip = 127.0.0.1
		bind_port = $1
		workers = 0
		user = $(id -un)
		swift_dir = $STATE/etc
		log_level = WARNING
		log_statsd_host =
	CONF
}

write_storage_config() {
	write_defaults "$1"
	cat <<-CONF
		devices = $STATE/data
		mount_check = false
		disable_fallocate = true
		fallocate_reserve = 0
		recon_cache_path = $STATE/cache
		[pipeline:main]
		pipeline = $2-server
		[app:$2-server]
		use = egg:swift#$2
	CONF
	[ "$2" != object ] || printf '%s = 262144\n' network_chunk_size disk_chunk_size
}

write_proxy_config() {
	local filter
	write_defaults "$PROXY"
	cat <<-CONF
		[pipeline:main]
		pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl formpost s3api tempauth staticweb copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-server
		[app:proxy-server]
		use = egg:swift#proxy
		account_autocreate = true
		client_chunk_size = 262144
		object_chunk_size = 262144
	CONF
	for filter in catch_errors gatekeeper healthcheck listing_formats bulk staticweb copy container-quotas account-quotas slo dlo symlink; do
		printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "${filter//-/_}"
	done
	cat <<-CONF
		[filter:cache]
		use = egg:swift#memcache
		memcache_servers = 127.0.0.1:$MEMCACHED
		[filter:tempurl]
		use = egg:swift#tempurl
		methods = GET HEAD PUT POST DELETE
		allowed_digests = sha1 sha256 sha512
		[filter:formpost]
		use = egg:swift#formpost
		allowed_digests = sha1 sha256 sha512
		[filter:s3api]
		use = egg:swift#s3api
		location = us-east-1
		s3_acl = false
		max_upload_part_num = 10000
		min_segment_size = 5242880
		storage_domain = localhost
		[filter:tempauth]
		use = egg:swift#tempauth
		user_test_tester = testing .admin
		user_test_tester3 = testing3
		user_test2_tester2 = testing2 .admin
		[filter:versioned_writes]
		use = egg:swift#versioned_writes
		allow_versioned_writes = true
		allow_object_versioning = true
	CONF
}
