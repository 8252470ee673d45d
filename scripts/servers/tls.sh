# shellcheck shell=bash
# A private CA with one good and three bad server certificates, and with SLUICE_TLS_TARGET an nginx on one port for each
# certificate, which hands every request on as the client wrote it.
KINDS=(good expired wrong-host untrusted)
TARGET=${SLUICE_TLS_TARGET:-}
CERTS=$STATE/certs
SETTINGS="target: ${TARGET:-none}"
if [ -n "$TARGET" ]; then PORTS=($((FIRST_PORT + 40)) $((FIRST_PORT + 41)) $((FIRST_PORT + 42)) $((FIRST_PORT + 43))); fi

prepare() {
	need openssl:openssl curl:curl
	if [ -n "$TARGET" ]; then
		need nginx:nginx-light
		find_target
	fi
}

start() {
	mkdir "$CERTS"
	make_certificates >"$STATE/log/openssl.log" 2>&1 || die_with_log "$STATE/log/openssl.log" 'could not make the certificates'
	if [ -n "$TARGET" ]; then
		mkdir "$STATE/bodies"
		write_nginx_config >"$STATE/nginx.conf"
		spawn nginx nginx -e "$STATE/log/nginx.log" -c "$STATE/nginx.conf"
		wait_until nginx answers_https
	fi
}

report() {
	local i kind variable
	echo "SLUICE_TEST_TLS_CA=$CERTS/ca.pem"
	for i in "${!KINDS[@]}"; do
		kind=${KINDS[i]}
		variable=${kind^^}
		variable=SLUICE_TEST_TLS_${variable//-/_}
		echo "${variable}_CERT=$CERTS/$kind.pem"
		echo "${variable}_KEY=$CERTS/$kind.key"
		[ -z "$TARGET" ] || echo "$variable=https://${USER_PART}localhost:${PORTS[i]}$PATH_PART"
	done
}

# Sets ADDRESS, and the parts of the server's own URL that hold for its HTTPS fronts too.
find_target() {
	local url
	ADDRESS=$TARGET USER_PART='' PATH_PART=/
	if [[ $TARGET != *:* ]]; then
		url=$(head -n 1 "$ROOT/$TARGET/env" 2>/dev/null) || die "SLUICE_TLS_TARGET=$TARGET: that server is not up"
		[[ $url =~ =http://(.*@)(.*:[0-9]+)(/.*)$ ]] || die "SLUICE_TLS_TARGET=$TARGET: that is no HTTP server"
		USER_PART=${BASH_REMATCH[1]} ADDRESS=${BASH_REMATCH[2]} PATH_PART=${BASH_REMATCH[3]}
	fi
}

# make_certificates: the CA, a second one that nobody trusts, and a certificate of each kind.
make_certificates() {
	local names='DNS:localhost,DNS:*.localhost,IP:127.0.0.1' from to
	from=$(date -u -d '1 day ago' +%Y%m%d%H%M%SZ)
	to=$(date -u -d '1 year' +%Y%m%d%H%M%SZ)
	make_ca ca &&
		make_ca unknown-ca &&
		certify good ca "$names" "$from" "$to" &&
		certify expired ca "$names" 20200101000000Z 20210101000000Z &&
		certify wrong-host ca DNS:elsewhere.test "$from" "$to" &&
		certify untrusted unknown-ca "$names" "$from" "$to"
}

make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 366 -subj "/CN=sluice test $1" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
		-keyout "$CERTS/$1.key" -out "$CERTS/$1.pem"
}

# certify KIND CA NAMES FROM TO. By `openssl ca`, as only that takes both dates in OpenSSL 3.0.
certify() {
	: >"$CERTS/index"
	cat >"$CERTS/ca.conf" <<-CONF
		[ca]
		default_ca = test
		[test]
		database = $CERTS/index
		new_certs_dir = $CERTS
		default_md = sha256
		policy = policy
		rand_serial = yes
		copy_extensions = copy
		[policy]
		commonName = supplied
	CONF
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=sluice test $1" \
		-addext "subjectAltName=$3" -addext extendedKeyUsage=serverAuth -keyout "$CERTS/$1.key" -out "$CERTS/request" &&
		openssl ca -batch -config "$CERTS/ca.conf" -notext -startdate "$4" -enddate "$5" \
			-cert "$CERTS/$2.pem" -keyfile "$CERTS/$2.key" -in "$CERTS/request" -out "$CERTS/$1.pem"
}

answers_https() { curl -sS -o /dev/null --noproxy '*' --max-time 5 --cacert "$CERTS/ca.pem" "https://localhost:${PORTS[0]}/"; }

# One process, so that killing it leaves no worker behind. Nothing is buffered, merged or cleaned: signatures must survive.
write_nginx_config() {
	local i
	cat <<-CONF
		daemon off;
		master_process off;
		pid $STATE/nginx.pid;
		error_log $STATE/log/nginx.log warn;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path $STATE/bodies;
			proxy_temp_path $STATE/bodies;
			fastcgi_temp_path $STATE/bodies;
			uwsgi_temp_path $STATE/bodies;
			scgi_temp_path $STATE/bodies;
			client_max_body_size 0;
			merge_slashes off;
			underscores_in_headers on;
			ignore_invalid_headers off;
			proxy_http_version 1.1;
			proxy_request_buffering off;
			proxy_buffering off;
			proxy_set_header Host \$http_host;
			proxy_set_header Connection "";
			upstream target { server $ADDRESS; keepalive 32; }
	CONF
	for i in "${!KINDS[@]}"; do
		cat <<-CONF
			server {
				listen 127.0.0.1:${PORTS[i]} ssl;
				ssl_certificate $CERTS/${KINDS[i]}.pem;
				ssl_certificate_key $CERTS/${KINDS[i]}.key;
				location / { proxy_pass http://target; }
			}
		CONF
	done
	echo '}'
}
