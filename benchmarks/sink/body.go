package main

import (
	"bufio"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const crcHeader = "X-Amz-Checksum-Crc32c"

var (
	errBadDigest  = errors.New("BadDigest")
	errIncomplete = errors.New("IncompleteBody")
)

// digest is all that is kept of a body.
type digest struct {
	size int64
	crc  uint32
	// declared says that the client sent a CRC32C, in a header or a trailer, and that it was right.
	declared bool
}

func (d *digest) update(chunk []byte) {
	d.crc = crc32.Update(d.crc, castagnoli, chunk)
	d.size += int64(len(chunk))
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 256<<10) }}

// sumBody reads a body to its end. The error is errBadDigest or errIncomplete when the client is to hear of it.
func sumBody(r *http.Request) (digest, error) {
	reader := readers.Get().(*bufio.Reader)
	defer readers.Put(reader)
	reader.Reset(r.Body)

	var sum digest
	var trailer string
	var err error
	if isFramed(r) {
		trailer, err = sumFrames(reader, &sum)
		if want := r.Header.Get("X-Amz-Decoded-Content-Length"); err == nil && want != "" && want != strconv.FormatInt(sum.size, 10) {
			err = errIncomplete
		}
	} else {
		err = sumPlain(reader, &sum)
	}
	if err != nil {
		return sum, err
	}

	announced := strings.EqualFold(r.Header.Get("X-Amz-Trailer"), crcHeader)
	for _, want := range []string{r.Header.Get(crcHeader), trailer} {
		if want != "" && want != encodeCRC(sum.crc) {
			return sum, errBadDigest
		}
		sum.declared = sum.declared || want != ""
	}
	if announced && trailer == "" {
		return sum, errIncomplete
	}
	return sum, nil
}

// readBody returns a small body whole, such as that of CompleteMultipartUpload.
func readBody(r *http.Request) ([]byte, error) {
	if !isFramed(r) {
		return io.ReadAll(r.Body)
	}
	var data bytes.Buffer
	_, err := eachFrame(bufio.NewReader(r.Body), func(chunk []byte) { data.Write(chunk) })
	return data.Bytes(), err
}

func isFramed(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") || strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-")
}

func sumPlain(reader *bufio.Reader, sum *digest) error {
	for {
		chunk, err := next(reader, 1<<62)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		sum.update(chunk)
	}
}

func sumFrames(reader *bufio.Reader, sum *digest) (string, error) {
	return eachFrame(reader, sum.update)
}

// eachFrame takes aws-chunked framing apart and returns the CRC32C of its trailer, if there is one.
func eachFrame(reader *bufio.Reader, use func(chunk []byte)) (string, error) {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return "", errIncomplete
		}
		hex, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		left, err := strconv.ParseInt(string(hex), 16, 64)
		if err != nil || left < 0 {
			return "", errIncomplete
		}
		if left == 0 {
			return readTrailer(reader)
		}
		for left > 0 {
			chunk, err := next(reader, left)
			if err != nil {
				return "", errIncomplete
			}
			use(chunk)
			left -= int64(len(chunk))
		}
		if _, err := reader.Discard(2); err != nil {
			return "", errIncomplete
		}
	}
}

func readTrailer(reader *bufio.Reader) (crc string, err error) {
	for {
		line, err := reader.ReadSlice('\n')
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.EqualFold(strings.TrimSpace(name), crcHeader) {
			crc = strings.TrimSpace(value)
		}
		if err == io.EOF {
			return crc, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// next lends what the reader has buffered, at least a byte and at most limit, so that nothing is copied.
func next(reader *bufio.Reader, limit int64) ([]byte, error) {
	if _, err := reader.Peek(1); err != nil {
		return nil, err
	}
	chunk, _ := reader.Peek(int(min(limit, int64(reader.Buffered()))))
	reader.Discard(len(chunk))
	return chunk, nil
}
