package main

import (
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

var longAgo = time.Unix(1700000000, 0)

// object is what is remembered of an object: everything but its content.
type object struct {
	digest
	etag     string
	metadata http.Header
	modified time.Time
}

type upload struct {
	path     string
	metadata http.Header
	// fullObject says that the upload was begun with a CRC32C over the whole object.
	fullObject bool
	parts      map[int]object
}

// store holds objects under "bucket/key".
type store struct {
	mutex   sync.Mutex
	objects map[string]*object
	uploads map[string]*upload
	// sorted holds the keys of a bucket in order; made when first listed, dropped when the bucket changes.
	sorted  map[string][]string
	counter int
}

func newStore() *store {
	s := &store{}
	s.reset()
	return s
}

func (s *store) reset() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.objects = map[string]*object{}
	s.uploads = map[string]*upload{}
	s.sorted = map[string][]string{}
}

func (s *store) sizes() (objects, uploads int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.objects), len(s.uploads)
}

// find returns a generated object or one that was put, nil when there is none.
func (s *store) find(path string) *object {
	if size, ok := generatedSize(path); ok {
		return generated(size)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.objects[path]
}

func (s *store) put(path string, o *object) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.objects[path] = o
	s.changed(path)
}

func (s *store) remove(path string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.objects, path)
	s.changed(path)
}

func (s *store) changed(path string) {
	bucket, _, _ := strings.Cut(path, "/")
	delete(s.sorted, bucket)
}

func (s *store) keys(bucket string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if keys, ok := s.sorted[bucket]; ok {
		return keys
	}
	var keys []string
	for path := range s.objects {
		if key, ok := strings.CutPrefix(path, bucket+"/"); ok {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	s.sorted[bucket] = keys
	return keys
}

// sum adds up what was put below a prefix of "bucket/key".
func (s *store) sum(prefix string) (count int, size int64, crcs uint64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for path, o := range s.objects {
		if strings.HasPrefix(path, prefix) {
			count++
			size += o.size
			crcs += uint64(o.crc)
		}
	}
	return count, size, crcs
}

func (s *store) begin(u *upload) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.counter++
	id := "upload-" + strconv.Itoa(s.counter)
	s.uploads[id] = u
	return id
}

func (s *store) putPart(id string, number int, part object) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	u := s.uploads[id]
	if u != nil {
		u.parts[number] = part
	}
	return u != nil
}

// take removes an upload; nil when there is none of this id.
func (s *store) take(id string) *upload {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	u := s.uploads[id]
	delete(s.uploads, id)
	return u
}

// generatedSize reads the size of "bucket/gen/<size>/<any>" and of the keys of a "keys-<n>" bucket.
func generatedSize(path string) (int64, bool) {
	bucket, key, _ := strings.Cut(path, "/")
	if rest, ok := strings.CutPrefix(key, "gen/"); ok {
		number, _, found := strings.Cut(rest, "/")
		size, err := strconv.ParseInt(number, 10, 64)
		return size, found && err == nil && size >= 0
	}
	if _, ok := generatedKeys(bucket); ok && strings.HasPrefix(key, "k/") {
		return listedSize, true
	}
	return 0, false
}

// Generated objects by size: each request for a part would sum a block of the pattern anew.
var generatedObjects sync.Map

func generated(size int64) *object {
	if known, ok := generatedObjects.Load(size); ok {
		return known.(*object)
	}
	sum := digest{size: size, crc: patternCRC(0, size), declared: true}
	made := &object{digest: sum, etag: etagOf(sum), modified: longAgo}
	generatedObjects.Store(size, made)
	return made
}

// etagOf makes an ETag that no client takes for an MD5: it has the "-1" of a multipart upload.
func etagOf(sum digest) string {
	return fmt.Sprintf("\"%08x%024x-1\"", sum.crc, sum.size)
}
