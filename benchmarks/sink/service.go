package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

type counters struct {
	requests, in, out, puts, gets, heads, lists, parts, completes, aborts, deletes atomic.Int64
}

func (c *counters) values() map[string]*atomic.Int64 {
	return map[string]*atomic.Int64{
		"requests": &c.requests, "in": &c.in, "out": &c.out, "puts": &c.puts, "gets": &c.gets, "heads": &c.heads,
		"lists": &c.lists, "parts": &c.parts, "completes": &c.completes, "aborts": &c.aborts, "deletes": &c.deletes,
	}
}

type service struct {
	store    *store
	counters counters
}

func newService() *service {
	return &service{store: newStore()}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	var query url.Values
	if r.URL.RawQuery != "" {
		query = r.URL.Query()
	}
	if strings.HasPrefix(path, "_") {
		s.control(w, path, query)
		return
	}
	s.counters.requests.Add(1)
	w.Header().Set("X-Amz-Request-Id", "sink")
	bucket, key, _ := strings.Cut(path, "/")
	switch {
	case bucket == "":
		answerXML(w, "<ListAllMyBucketsResult><Owner><ID>sink</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>")
	case key == "":
		s.serveBucket(w, r, bucket, query)
	default:
		s.serveObject(w, r, path, query)
	}
}

func (s *service) serveBucket(w http.ResponseWriter, r *http.Request, bucket string, query url.Values) {
	switch r.Method {
	case "PUT", "HEAD":
		w.WriteHeader(200)
	case "DELETE":
		w.WriteHeader(204)
	case "POST":
		s.removeMany(w, r, bucket)
	default:
		switch {
		case query.Has("location"):
			answerXML(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
		case query.Has("versioning"):
			answerXML(w, `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></VersioningConfiguration>`)
		case query.Has("uploads"):
			s.listUploads(w, bucket)
		default:
			s.list(w, bucket, query)
		}
	}
}

func (s *service) serveObject(w http.ResponseWriter, r *http.Request, path string, query url.Values) {
	id := query.Get("uploadId")
	copying := r.Header.Get("X-Amz-Copy-Source") != ""
	switch r.Method {
	case "GET", "HEAD":
		s.getObject(w, r, path)
	case "PUT":
		switch {
		case id != "" && copying:
			s.copyPart(w, r, id, query.Get("partNumber"), copySource(r))
		case id != "":
			s.putPart(w, r, id, query.Get("partNumber"))
		case copying:
			s.copyObject(w, path, copySource(r))
		default:
			s.putObject(w, r, path)
		}
	case "POST":
		switch {
		case query.Has("uploads"):
			s.beginUpload(w, r, path)
		case id != "":
			s.completeUpload(w, r, id)
		default:
			fail(w, 400, "InvalidRequest")
		}
	case "DELETE":
		if id != "" {
			s.counters.aborts.Add(1)
			s.store.take(id)
		} else {
			s.counters.deletes.Add(1)
			s.store.remove(path)
		}
		w.WriteHeader(204)
	default:
		fail(w, 405, "MethodNotAllowed")
	}
}

func (s *service) removeMany(w http.ResponseWriter, r *http.Request, bucket string) {
	data, err := readBody(r)
	var asked struct {
		Quiet  bool
		Object []struct{ Key string }
	}
	if err != nil || xml.Unmarshal(data, &asked) != nil {
		fail(w, 400, "MalformedXML")
		return
	}
	var answer strings.Builder
	answer.WriteString("<DeleteResult>")
	for _, o := range asked.Object {
		s.store.remove(bucket + "/" + o.Key)
		if !asked.Quiet {
			answer.WriteString("<Deleted><Key>" + xmlText(o.Key) + "</Key></Deleted>")
		}
	}
	answer.WriteString("</DeleteResult>")
	s.counters.deletes.Add(int64(len(asked.Object)))
	answerXML(w, answer.String())
}

func (s *service) listUploads(w http.ResponseWriter, bucket string) {
	var answer strings.Builder
	answer.WriteString("<ListMultipartUploadsResult><Bucket>" + xmlText(bucket) + "</Bucket><IsTruncated>false</IsTruncated>")
	s.store.mutex.Lock()
	for id, u := range s.store.uploads {
		if key, ok := strings.CutPrefix(u.path, bucket+"/"); ok {
			answer.WriteString("<Upload><Key>" + xmlText(key) + "</Key><UploadId>" + id + "</UploadId><Initiated>2026-01-02T03:04:05.000Z</Initiated></Upload>")
		}
	}
	s.store.mutex.Unlock()
	answer.WriteString("</ListMultipartUploadsResult>")
	answerXML(w, answer.String())
}

func (s *service) control(w http.ResponseWriter, path string, query url.Values) {
	switch path {
	case "_crc":
		if o := s.store.find(query.Get("key")); o != nil {
			fmt.Fprintf(w, "%d %08x\n", o.size, o.crc)
		} else {
			fail(w, 404, "NoSuchKey")
		}
	case "_sum":
		count, size, crcs := s.store.sum(query.Get("prefix"))
		fmt.Fprintf(w, "%d %d %x\n", count, size, crcs)
	case "_stats":
		values := map[string]int64{}
		for name, counter := range s.counters.values() {
			values[name] = counter.Load()
		}
		objects, uploads := s.store.sizes()
		values["objects"], values["uploads"] = int64(objects), int64(uploads)
		json.NewEncoder(w).Encode(values)
	case "_reset":
		s.store.reset()
		for _, counter := range s.counters.values() {
			counter.Store(0)
		}
	default:
		fail(w, 404, "NoSuchBucket")
	}
}

func answerXML(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + text))
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}
