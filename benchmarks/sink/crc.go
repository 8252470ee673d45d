package main

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CRC32C with its bits reversed, as hash/crc32 has it: bit 31 is the coefficient of x^0.
const polynomial = 0x82f63b78

// powers[k] is x^(2^k) modulo the polynomial; 67 of them take byte counts of 64 bits (three more for 8 bits a byte).
var powers = func() (table [67]uint32) {
	table[0] = 1 << 30
	for k := 1; k < len(table); k++ {
		table[k] = multiply(table[k-1], table[k-1])
	}
	return table
}()

// multiply gives a times b in GF(2)[x] modulo the polynomial.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a&(1<<31) != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ polynomial
		} else {
			b >>= 1
		}
	}
	return product
}

// combine gives the CRC32C of two joined pieces from the CRC32C of each and the length of the second: the first is
// shifted by as many zero bytes as the second has, which is a multiplication by x^(8 * length).
func combine(first, second uint32, length int64) uint32 {
	shift := uint32(1 << 31)
	for k := 3; length > 0; k, length = k+1, length>>1 {
		if length&1 != 0 {
			shift = multiply(shift, powers[k])
		}
	}
	return multiply(shift, first) ^ second
}

// encodeCRC writes a CRC32C as the x-amz-checksum-crc32c header has it.
func encodeCRC(crc uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc))
}
