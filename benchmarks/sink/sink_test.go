package main

import (
	"bytes"
	"hash/crc32"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCombineIsTheSumOfTheJoinedBytes(t *testing.T) {
	for _, at := range []int{0, 1, 4096, block - 1, block} {
		first, second := pattern[:at], pattern[at:]
		joined := combine(crc32.Checksum(first, castagnoli), crc32.Checksum(second, castagnoli), int64(len(second)))
		if joined != crc32.Checksum(pattern[:], castagnoli) {
			t.Errorf("cut at %d: %08x", at, joined)
		}
	}
}

func TestCombineTakesLengthsOverFourGiB(t *testing.T) {
	const length = 5 << 30
	half := combine(0x12345678, 0, length/2)
	if got := combine(half, 0, length/2); got != combine(0x12345678, 0, length) {
		t.Errorf("%08x", got)
	}
}

func TestPatternCRCIsThatOfTheServedBytes(t *testing.T) {
	for _, size := range []int64{0, 1, 4096, block, 3*block + 17, 7 * block} {
		var served bytes.Buffer
		writePattern(&served, 12345, size)
		if int64(served.Len()) != size || patternCRC(12345, size) != crc32.Checksum(served.Bytes(), castagnoli) {
			t.Errorf("size %d", size)
		}
	}
}

func TestTrailersAreChecked(t *testing.T) {
	const text = "hello world"
	right := encodeCRC(crc32.Checksum([]byte(text), castagnoli))
	for _, c := range []struct {
		body   string
		status int
	}{
		{"b\r\nhello world\r\n0\r\nx-amz-checksum-crc32c:" + right + "\r\n\r\n", 200},
		{"6;chunk-signature=0\r\nhello \r\n5;chunk-signature=0\r\nworld\r\n0\r\nx-amz-checksum-crc32c:" + right + "\r\n\r\n", 200},
		{"b\r\nhello_world\r\n0\r\nx-amz-checksum-crc32c:" + right + "\r\n\r\n", 400},
		{"b\r\nhello world\r\n0\r\n\r\n", 400},
		{"b\r\nhello", 400},
	} {
		request := httptest.NewRequest("PUT", "/x/key", strings.NewReader(c.body))
		request.Header.Set("Content-Encoding", "aws-chunked")
		request.Header.Set("X-Amz-Decoded-Content-Length", "11")
		request.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32c")
		answer := httptest.NewRecorder()
		newService().ServeHTTP(answer, request)
		if answer.Code != c.status {
			body, _ := io.ReadAll(answer.Body)
			t.Errorf("%q: %d %s", c.body, answer.Code, body)
		}
	}
}

func TestListingPagesEveryKeyOnce(t *testing.T) {
	s := newService()
	for _, query := range []string{"list-type=2&continuation-token=", "marker="} {
		seen, from := 0, ""
		for {
			answer := httptest.NewRecorder()
			s.ServeHTTP(answer, httptest.NewRequest("GET", "/keys-2500?"+query+from, nil))
			page := answer.Body.String()
			seen += strings.Count(page, "<Contents>")
			_, rest, more := strings.Cut(page, "Marker>")
			if strings.Contains(query, "token") {
				_, rest, more = strings.Cut(page, "<NextContinuationToken>")
			}
			if !more {
				break
			}
			from, _, _ = strings.Cut(rest, "<")
		}
		if seen != 2500 {
			t.Errorf("%s: %d keys", query, seen)
		}
	}
}
