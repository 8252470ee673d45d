package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func (s *service) putObject(w http.ResponseWriter, r *http.Request, path string) {
	s.counters.puts.Add(1)
	if r.Header.Get("If-None-Match") == "*" && s.store.find(path) != nil {
		fail(w, 412, "PreconditionFailed")
		return
	}
	sum, ok := s.receive(w, r)
	if !ok {
		return
	}
	o := &object{digest: sum, etag: etagOf(sum), metadata: keptHeaders(r.Header), modified: time.Now()}
	s.store.put(path, o)
	answerReceipt(w, o)
}

func (s *service) copyObject(w http.ResponseWriter, path, source string) {
	from := s.store.find(source)
	if from == nil {
		fail(w, 404, "NoSuchKey")
		return
	}
	to := *from
	to.modified = time.Now()
	s.store.put(path, &to)
	answerXML(w, "<CopyObjectResult><ETag>"+xmlText(to.etag)+"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyObjectResult>")
}

// receive sums a body; when it is not as the client declared it, answers the client and returns false.
func (s *service) receive(w http.ResponseWriter, r *http.Request) (digest, bool) {
	sum, err := sumBody(r)
	s.counters.in.Add(sum.size)
	if err != nil {
		// Whatever is left of the body cannot be told from the next request.
		w.Header().Set("Connection", "close")
	}
	switch err {
	case nil:
		return sum, true
	case errBadDigest:
		fail(w, 400, "BadDigest")
	default:
		fail(w, 400, "IncompleteBody")
	}
	return sum, false
}

func answerReceipt(w http.ResponseWriter, o *object) {
	w.Header().Set("ETag", o.etag)
	if o.declared {
		w.Header().Set(crcHeader, encodeCRC(o.crc))
	}
	w.WriteHeader(200)
}

func (s *service) getObject(w http.ResponseWriter, r *http.Request, path string) {
	isGet := r.Method == "GET"
	if isGet {
		s.counters.gets.Add(1)
	} else {
		s.counters.heads.Add(1)
	}
	o := s.store.find(path)
	if o == nil {
		fail(w, 404, "NoSuchKey")
		return
	}
	if pin := r.Header.Get("If-Match"); pin != "" && pin != "*" && strings.Trim(pin, "\"") != strings.Trim(o.etag, "\"") {
		fail(w, 412, "PreconditionFailed")
		return
	}

	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	for name, values := range o.metadata {
		header[name] = values
	}
	header.Set("ETag", o.etag)
	header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	header.Set("Accept-Ranges", "bytes")
	if o.declared && strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		header.Set(crcHeader, encodeCRC(o.crc))
		header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	status, start, end := 200, int64(0), o.size-1
	if asked := r.Header.Get("Range"); asked != "" {
		var ok bool
		if start, end, ok = parseRange(asked, o.size); !ok {
			fail(w, 416, "InvalidRange")
			return
		}
		status = 206
		header.Set("Content-Range", "bytes "+strconv.FormatInt(start, 10)+"-"+strconv.FormatInt(end, 10)+"/"+strconv.FormatInt(o.size, 10))
		// S3 sends the sum of the whole object only with the whole object.
		if end-start+1 < o.size {
			header.Del(crcHeader)
			header.Del("X-Amz-Checksum-Type")
		}
	}
	header.Set("Content-Length", strconv.FormatInt(end-start+1, 10))
	w.WriteHeader(status)
	if isGet {
		s.counters.out.Add(writePattern(w, start, end-start+1))
	}
}

// parseRange reads "bytes=a-b", "bytes=a-" and "bytes=-n"; without any text it is the whole. Not ok: nothing lies in it.
func parseRange(text string, size int64) (start, end int64, ok bool) {
	if text == "" {
		return 0, size - 1, true
	}
	from, to, found := strings.Cut(strings.TrimPrefix(text, "bytes="), "-")
	if !found {
		return 0, 0, false
	}
	end = size - 1
	if from == "" {
		length, err := strconv.ParseInt(to, 10, 64)
		return max(0, size-length), end, err == nil && length > 0 && size > 0
	}
	start, err := strconv.ParseInt(from, 10, 64)
	if last, failed := strconv.ParseInt(to, 10, 64); failed == nil {
		end = min(end, last)
	}
	return start, end, err == nil && start <= end
}

func keptHeaders(headers http.Header) http.Header {
	kept := http.Header{}
	for name, values := range headers {
		switch {
		case strings.HasPrefix(name, "X-Amz-Meta-"), name == "Content-Type", name == "Cache-Control", name == "Content-Disposition", name == "Content-Language":
			kept[name] = values
		}
	}
	return kept
}

func copySource(r *http.Request) string {
	source, _ := url.PathUnescape(strings.TrimPrefix(r.Header.Get("X-Amz-Copy-Source"), "/"))
	return source
}
