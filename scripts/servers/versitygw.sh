# shellcheck shell=bash
# Versity S3 gateway: S3 over a folder; the strictest here about checksums, full-object ones included.
PORTS=($((FIRST_PORT + 30)))

prepare() {
	need curl:curl python3:python3-minimal
	go_program versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0 github.com/versity/versitygw
}

start() {
	mount_data xattrs
	ROOT_ACCESS_KEY=$ACCESS_KEY ROOT_SECRET_KEY=$SECRET_KEY \
		spawn versitygw "$PROGRAM" --quiet --port "127.0.0.1:${PORTS[0]}" posix "$STATE/data"
	wait_until versitygw lists_buckets "${PORTS[0]}"
}

report() { echo "SLUICE_TEST_VERSITYGW=$(s3_url "${PORTS[0]}")"; }
