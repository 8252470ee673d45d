# shellcheck shell=bash
# The programs that benchmarks compare with. Nothing runs: `up` builds them and prints where they are.

prepare() {
	go_program s5cmd github.com/peak/s5cmd/v2 v2.3.0
	S5CMD=$PROGRAM
	go_program rclone-1.76 github.com/rclone/rclone v1.76.0
	RCLONE=$PROGRAM
}

report() {
	echo "SLUICE_PEER_RCLONE=$RCLONE"
	echo "SLUICE_PEER_S5CMD=$S5CMD"
}
