# shellcheck shell=bash
# MinIO: S3 with signatures, Content-MD5, checksums (headers and trailers) and conditional writes checked.
PORTS=($((FIRST_PORT + 20)))

prepare() {
	need curl:curl
	go_program minio github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c
}

start() {
	mount_data
	MINIO_ROOT_USER=$ACCESS_KEY MINIO_ROOT_PASSWORD=$SECRET_KEY MINIO_BROWSER=off MINIO_UPDATE=off \
		spawn minio "$PROGRAM" server --quiet --address "127.0.0.1:${PORTS[0]}" "$STATE/data"
	wait_until MinIO lists_buckets "${PORTS[0]}"
}

report() { echo "SLUICE_TEST_MINIO=$(s3_url "${PORTS[0]}")"; }
