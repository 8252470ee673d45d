package main

import (
	"hash/crc32"
	"io"
)

// The content of every download: one random block, repeated. It is there twice in memory, so that any MiB of it is one slice.
const block = 1 << 20

var pattern = func() (bytes [2 * block]byte) {
	state := uint64(88172645463325252)
	for i := 0; i < block; i++ {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		bytes[i] = byte(state)
	}
	copy(bytes[block:], bytes[:block])
	return bytes
}()

// writePattern writes the bytes from offset on and returns how many it wrote.
func writePattern(w io.Writer, offset, length int64) (written int64) {
	for written < length {
		at := (offset + written) % block
		n, err := w.Write(pattern[at : at+min(block, length-written)])
		written += int64(n)
		if err != nil {
			break
		}
	}
	return written
}

// patternCRC gives the CRC32C of a range of the pattern without reading it: whole blocks are combined by doubling.
func patternCRC(offset, length int64) uint32 {
	at := offset % block
	rest := length % block
	crc := crc32.Checksum(pattern[at:at+rest], castagnoli)
	at = (at + rest) % block
	doubled := crc32.Checksum(pattern[at:at+block], castagnoli)
	size := int64(block)
	for count := length / block; count > 0; count >>= 1 {
		if count&1 != 0 {
			crc = combine(crc, doubled, size)
		}
		doubled = combine(doubled, doubled, size)
		size *= 2
	}
	return crc
}
