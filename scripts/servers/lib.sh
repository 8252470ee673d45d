# shellcheck shell=bash
# What the server files share: messages, programs, state folders, processes, readiness. Sourced by `run`.
#
# A server keeps everything in $STATE: env (its KEY=VALUE lines; there only while it is up), settings, run/NAME.pid
# (pid and start time), log/NAME.log, data/ (a tmpfs where mounting is allowed).

ROOT=${SLUICE_SERVERS:-${TMPDIR:-/tmp}/sluice-servers-dev}
FIRST_PORT=${SLUICE_SERVERS_PORT:-28000}
GO_BIN=${SLUICE_GO_BIN:-$HOME/.cache/sluice-servers/bin}
NAME=run
PATH=$PATH:/usr/sbin:/sbin

# The credentials of the servers that let us choose.
ACCESS_KEY=sluicekey
SECRET_KEY=sluicesecret

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
die() { fail "$NAME: $*"; }

# die_with_log FILE MESSAGE: shows the end of the log, then fails with its name.
die_with_log() {
	tail -n 5 "$1" >&2 2>/dev/null || true
	die "$2 (log: $1)"
}

# --- State ---

# The folder's name goes unquoted into configuration files, and what is in it gets deleted: so it must be plain and ours.
check_root() {
	[ -r /proc/self/stat ] || fail "these scripts need Linux"
	[[ $ROOT =~ ^/[A-Za-z0-9._/-]+$ ]] || fail "SLUICE_SERVERS must be an absolute path of letters, digits and ._/- (it is $ROOT)"
	[ -e "$ROOT" ] || (umask 077 && mkdir -p "$ROOT")
	[[ -d $ROOT && ! -L $ROOT && -O $ROOT ]] || fail "$ROOT is not a folder of this user (choose another with SLUICE_SERVERS)"
	[[ $FIRST_PORT =~ ^[1-9][0-9]{3,4}$ && $FIRST_PORT -le 65000 ]] || fail "SLUICE_SERVERS_PORT must be from 1000 to 65000 (it is $FIRST_PORT)"
}

# Holds the folder's lock until exit, so that test runs started together do not start a server twice.
lock_root() {
	exec 9<"$ROOT"
	flock -n 9 || { say "waiting for another run of this script"; flock 9; }
}

select_server() { NAME=$1 STATE=$ROOT/$1; }

make_state() {
	delete_state
	mkdir -p "$STATE"/{run,log,data}
	: >"$STATE/.sluice-server"
}

delete_state() {
	[ -e "$STATE" ] || return 0
	[ -e "$STATE/.sluice-server" ] || die "$STATE was not made by this script: delete it yourself"
	if mountpoint -q "$STATE/data"; then umount "$STATE/data" || umount -l "$STATE/data"; fi
	rm -rf --one-file-system -- "$STATE"
}

# mount_data [xattrs]: puts $STATE/data on a tmpfs if we may mount one. With `xattrs` it must hold user attributes:
# tmpfs does since Linux 6.6 (64 KiB a file), ext4 always (4 KB a file).
mount_data() {
	if [ "$(id -u)" = 0 ] && mount -t tmpfs -o "size=${SLUICE_SERVERS_SIZE:-6g},mode=0700" sluice-servers "$STATE/data" 2>/dev/null; then
		if [ "${1:-}" != xattrs ] || holds_xattrs "$STATE/data"; then return 0; fi
		umount "$STATE/data"
	fi
	[ "${1:-}" != xattrs ] || holds_xattrs "$STATE/data" || die "no user xattrs on the file system of $STATE (choose another with SLUICE_SERVERS)"
}

holds_xattrs() {
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.sluice", b"x" * 1000); os.removexattr(sys.argv[1], "user.sluice")' "$1" 2>/dev/null
}

# --- Programs ---

# need COMMAND:PACKAGE...: installs the Debian packages of the commands that are missing.
need() {
	local pair commands=() packages=()
	for pair in "$@"; do
		command -v "${pair%%:*}" >/dev/null || { commands+=("${pair%%:*}"); packages+=("${pair#*:}"); }
	done
	[ ${#packages[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "not installed: ${commands[*]} (Debian packages: ${packages[*]}; as root this script installs them)"
	command -v apt-get >/dev/null || die "not installed: ${commands[*]}, and no apt-get to install them with"
	say "installing ${packages[*]}"
	install_packages "${packages[@]}" >"$ROOT/apt.log" 2>&1 9>&- || die_with_log "$ROOT/apt.log" "could not install ${packages[*]}"
	rm -f "$ROOT/apt.log"
	hash -r
}

# A policy-rc.d that says 101 keeps the packages from starting their services. The index is refreshed only when the
# first try fails, as it does with an index that is empty or old.
install_packages() (
	policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		trap 'rm -f $policy' EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod +x $policy
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold)
	install=("${apt[@]}" install -y --no-install-recommends "$@")
	"${install[@]}" || { "${apt[@]}" update; "${install[@]}"; }
)

# go_program NAME PACKAGE VERSION [MODULE]: sets PROGRAM to a program built from a Go module (MODULE, where that is not
# PACKAGE), once. Without Go, one that is there is taken on trust; with Go, one of another version is built again.
go_program() {
	PROGRAM=$GO_BIN/$1
	local built log=$ROOT/go-$1.log work
	if [ -x "$PROGRAM" ]; then
		command -v go >/dev/null || return 0
		built=$(go version -m "$PROGRAM" 2>/dev/null | awk '$1 == "mod" {print $3}') || true
		[ "$built" != "$3" ] || return 0
	fi
	command -v go >/dev/null || die "needs Go to build $2@$3, and there is no go command here"
	say "building $2@$3, once (a minute or more)"
	mkdir -p "$GO_BIN"
	work=$(mktemp -d "$GO_BIN/.build-XXXXXX")
	# shellcheck disable=SC2064 # `work` is gone when the trap runs
	trap "rm -rf '$work'" EXIT
	build_go_program "$work" "$2" "${4:-$2}@$3" >"$log" 2>&1 9>&- || die_with_log "$log" "could not build $2@$3"
	mv "$work/program" "$PROGRAM"
	rm -rf "$work" "$log"
	trap - EXIT
}

# In a module of its own: unlike `go install`, that asks the proxy for nothing but the version itself.
build_go_program() (
	export CGO_ENABLED=0 GOFLAGS=-mod=mod
	cd "$1" && go mod init build && go mod edit "-require=$3" && go build -trimpath -o program "$2"
)

# --- Processes ---

# start_time PID: the kernel's start time of a live process (nothing for a zombie), which with the pid names it for good.
start_time() { sed -nE 's/^.*\) //; /^Z/!p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# spawn NAME COMMAND...: starts a process in a session of its own, in `/`.
spawn() {
	local name=$1
	shift
	(cd / && exec setsid "$@") </dev/null >>"$STATE/log/$name.log" 2>&1 9>&- &
	printf '%s %s\n' $! "$(start_time $!)" >"$STATE/run/$name.pid"
	disown # else bash reports its death when `up` is interrupted
}

# alive PIDFILE: the very process that spawn started is running.
alive() {
	local pid started
	read -r pid started <"$1" && [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}

pid_files() { find "$STATE/run" -name '*.pid' 2>/dev/null; }

is_up() {
	local file
	[ -s "$STATE/env" ] || return 1
	for file in $(pid_files); do alive "$file" || return 1; done
}

# Kills what spawn started, with its children. There is nothing to save: the state is deleted or begun anew.
stop_processes() {
	local file pid
	rm -f "$STATE/env"
	for file in $(pid_files); do
		if alive "$file"; then
			read -r pid _ <"$file"
			kill -KILL -- "-$pid" 2>/dev/null || true
			while alive "$file"; do sleep 0.01; done
		fi
		rm -f "$file"
	done
}

# --- Readiness ---

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

need_free_ports() {
	local port
	for port in "${PORTS[@]}"; do
		! port_answers "$port" || die "port $port is taken (move all ports with SLUICE_SERVERS_PORT)"
	done
}

# wait_until WHAT COMMAND...: tries every 50 ms for a minute; fails at once when a spawned process has died.
wait_until() {
	local what=$1 file end=$((SECONDS + 60))
	shift
	until "$@" >/dev/null 2>&1; do
		for file in $(pid_files); do
			alive "$file" || { file=$(basename "$file" .pid); die_with_log "$STATE/log/$file.log" "$file died before $what was ready"; }
		done
		[ $SECONDS -lt $end ] || die "$what was not ready after 60 seconds (logs: $STATE/log)"
		sleep 0.05
	done
}

fetch() { curl -fsS --noproxy '*' --max-time 5 "$@"; }

# lists_buckets PORT: a signed ListBuckets succeeds, which needs the whole server, its users included.
lists_buckets() {
	fetch -o /dev/null --aws-sigv4 aws:amz:us-east-1:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
		--user "$ACCESS_KEY:$SECRET_KEY" "http://127.0.0.1:$1/"
}

# s3_url PORT: what a test needs to know of an S3 server.
s3_url() { printf 'http://%s:%s@127.0.0.1:%s/?region=us-east-1\n' "$ACCESS_KEY" "$SECRET_KEY" "$1"; }
