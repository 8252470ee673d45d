package main

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (s *service) beginUpload(w http.ResponseWriter, r *http.Request, path string) {
	bucket, key, _ := strings.Cut(path, "/")
	id := s.store.begin(&upload{
		path:       path,
		metadata:   keptHeaders(r.Header),
		fullObject: strings.EqualFold(r.Header.Get("X-Amz-Checksum-Type"), "FULL_OBJECT") && strings.EqualFold(r.Header.Get("X-Amz-Checksum-Algorithm"), "CRC32C"),
		parts:      map[int]object{},
	})
	answerXML(w, "<InitiateMultipartUploadResult><Bucket>"+xmlText(bucket)+"</Bucket><Key>"+xmlText(key)+"</Key><UploadId>"+id+"</UploadId></InitiateMultipartUploadResult>")
}

func (s *service) putPart(w http.ResponseWriter, r *http.Request, id, number string) {
	s.counters.parts.Add(1)
	index, err := strconv.Atoi(number)
	if err != nil || index < 1 || index > 10000 {
		fail(w, 400, "InvalidArgument")
		return
	}
	sum, ok := s.receive(w, r)
	if !ok {
		return
	}
	part := object{digest: sum, etag: etagOf(sum)}
	if !s.store.putPart(id, index, part) {
		fail(w, 404, "NoSuchUpload")
		return
	}
	answerReceipt(w, &part)
}

// copyPart answers UploadPartCopy: any range of a generated object, only the whole of one that was put.
func (s *service) copyPart(w http.ResponseWriter, r *http.Request, id, number, source string) {
	s.counters.parts.Add(1)
	index, _ := strconv.Atoi(number)
	from := s.store.find(source)
	if from == nil {
		fail(w, 404, "NoSuchKey")
		return
	}
	start, end, ok := parseRange(r.Header.Get("X-Amz-Copy-Source-Range"), from.size)
	_, isGenerated := generatedSize(source)
	if !ok || (!isGenerated && end-start+1 != from.size) {
		fail(w, 501, "NotImplemented")
		return
	}
	sum := from.digest
	if isGenerated {
		sum = digest{size: end - start + 1, crc: patternCRC(start, end-start+1)}
	}
	if !s.store.putPart(id, index, object{digest: sum, etag: etagOf(sum)}) {
		fail(w, 404, "NoSuchUpload")
		return
	}
	answerXML(w, "<CopyPartResult><ETag>"+xmlText(etagOf(sum))+"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyPartResult>")
}

type completion struct {
	Part []struct {
		PartNumber     int
		ETag           string
		ChecksumCRC32C string
	}
}

func (s *service) completeUpload(w http.ResponseWriter, r *http.Request, id string) {
	s.counters.completes.Add(1)
	data, err := readBody(r)
	var asked completion
	if err != nil || xml.Unmarshal(data, &asked) != nil || len(asked.Part) == 0 {
		fail(w, 400, "MalformedXML")
		return
	}
	upload := s.store.take(id)
	if upload == nil {
		fail(w, 404, "NoSuchUpload")
		return
	}

	var sum digest
	previous := 0
	for _, part := range asked.Part {
		have, ok := upload.parts[part.PartNumber]
		if !ok || strings.Trim(part.ETag, "\"") != strings.Trim(have.etag, "\"") || (part.ChecksumCRC32C != "" && part.ChecksumCRC32C != encodeCRC(have.crc)) {
			fail(w, 400, "InvalidPart")
			return
		}
		if part.PartNumber <= previous {
			fail(w, 400, "InvalidPartOrder")
			return
		}
		previous = part.PartNumber
		sum.crc = combine(sum.crc, have.crc, have.size)
		sum.size += have.size
	}
	want := r.Header.Get(crcHeader)
	sum.declared = upload.fullObject || (want != "" && strings.EqualFold(r.Header.Get("X-Amz-Checksum-Type"), "FULL_OBJECT"))
	if sum.declared && want != "" && want != encodeCRC(sum.crc) {
		fail(w, 400, "BadDigest")
		return
	}

	o := &object{digest: sum, etag: fmt.Sprintf("\"%08x%024x-%d\"", sum.crc, sum.size, len(asked.Part)), metadata: upload.metadata, modified: time.Now()}
	s.store.put(upload.path, o)
	bucket, key, _ := strings.Cut(upload.path, "/")
	checksum := ""
	if sum.declared {
		checksum = "<ChecksumCRC32C>" + encodeCRC(sum.crc) + "</ChecksumCRC32C><ChecksumType>FULL_OBJECT</ChecksumType>"
	}
	answerXML(w, "<CompleteMultipartUploadResult><Location>http://"+r.Host+"/"+xmlText(upload.path)+"</Location><Bucket>"+xmlText(bucket)+"</Bucket><Key>"+xmlText(key)+"</Key><ETag>"+xmlText(o.etag)+"</ETag>"+checksum+"</CompleteMultipartUploadResult>")
}
