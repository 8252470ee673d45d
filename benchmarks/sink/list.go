package main

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// The objects of a "keys-<n>" bucket all have this size.
const listedSize = 4096

const pageSize = 1000

// listing is a sorted sequence of keys, real or generated.
type listing struct {
	count int
	key   func(index int) string
	size  func(key string) (int64, string)
}

// after gives the index of the first key that sorts behind a string.
func (l listing) after(text string) int {
	return sort.Search(l.count, func(index int) bool { return l.key(index) > text })
}

func generatedKeys(bucket string) (int, bool) {
	number, ok := strings.CutPrefix(bucket, "keys-")
	count, err := strconv.Atoi(number)
	return count, ok && err == nil && count >= 0
}

func generatedKey(index int) string {
	key := [10]byte{'k', '/', '0', '0', '0', '0', '0', '0', '0', '0'}
	for at := 9; index > 0 && at > 1; at, index = at-1, index/10 {
		key[at] = byte('0' + index%10)
	}
	return string(key[:])
}

func (s *store) listing(bucket string) listing {
	if count, ok := generatedKeys(bucket); ok {
		etag := generated(listedSize).etag
		return listing{count, generatedKey, func(string) (int64, string) { return listedSize, etag }}
	}
	keys := s.keys(bucket)
	return listing{len(keys), func(index int) string { return keys[index] }, func(key string) (int64, string) {
		if o := s.find(bucket + "/" + key); o != nil {
			return o.size, o.etag
		}
		return 0, ""
	}}
}

var pages = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 300*pageSize)) }}

// list answers ListObjects and ListObjectsV2.
func (s *service) list(w http.ResponseWriter, bucket string, query url.Values) {
	s.counters.lists.Add(1)
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	second := query.Get("list-type") == "2"
	limit := pageSize
	if asked, err := strconv.Atoi(query.Get("max-keys")); err == nil {
		limit = min(limit, max(0, asked))
	}
	escape := xmlText
	if query.Get("encoding-type") == "url" {
		escape = urlText
	}
	from := query.Get("marker")
	if second {
		from = query.Get("start-after")
		if token := query.Get("continuation-token"); token != "" {
			from = token
		}
	}

	source := s.store.listing(bucket)
	page := pages.Get().(*bytes.Buffer)
	defer pages.Put(page)
	page.Reset()

	index := source.after(from)
	if from < prefix {
		index = sort.Search(source.count, func(index int) bool { return source.key(index) >= prefix })
	}
	count, last, truncated := 0, "", false
	for index < source.count {
		key := source.key(index)
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if count == limit {
			truncated = true
			break
		}
		count++
		if delimiter != "" {
			if at := strings.Index(key[len(prefix):], delimiter); at >= 0 {
				common := key[:len(prefix)+at+len(delimiter)]
				page.WriteString("<CommonPrefixes><Prefix>" + escape(common) + "</Prefix></CommonPrefixes>")
				// Nothing of valid UTF-8 sorts behind this below the same prefix.
				last = common + "\xff"
				index = source.after(last)
				last = source.key(index - 1)
				continue
			}
		}
		size, etag := source.size(key)
		page.WriteString("<Contents><Key>")
		page.WriteString(escape(key))
		page.WriteString("</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;")
		page.WriteString(strings.Trim(etag, "\""))
		page.WriteString("&quot;</ETag><Size>")
		page.Write(strconv.AppendInt(page.AvailableBuffer(), size, 10))
		page.WriteString("</Size><StorageClass>STANDARD</StorageClass></Contents>")
		last = key
		index++
	}

	var head strings.Builder
	head.WriteString(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	head.WriteString("<Name>" + xmlText(bucket) + "</Name><Prefix>" + escape(prefix) + "</Prefix>")
	head.WriteString("<KeyCount>" + strconv.Itoa(count) + "</KeyCount><MaxKeys>" + strconv.Itoa(limit) + "</MaxKeys>")
	if query.Get("encoding-type") == "url" {
		head.WriteString("<EncodingType>url</EncodingType>")
	}
	head.WriteString("<IsTruncated>" + strconv.FormatBool(truncated) + "</IsTruncated>")
	if truncated && second {
		head.WriteString("<NextContinuationToken>" + xmlText(last) + "</NextContinuationToken>")
	} else if truncated {
		head.WriteString("<NextMarker>" + escape(last) + "</NextMarker>")
	}
	const end = "</ListBucketResult>"
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(head.Len()+page.Len()+len(end)))
	w.Write([]byte(head.String()))
	w.Write(page.Bytes())
	w.Write([]byte(end))
}

func xmlText(text string) string {
	if !strings.ContainsAny(text, "<>&'\"\t\n\r") {
		return text
	}
	var escaped strings.Builder
	xml.EscapeText(&escaped, []byte(text))
	return escaped.String()
}

func urlText(text string) string {
	for _, char := range []byte(text) {
		if !(char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z' || char >= '0' && char <= '9' || strings.IndexByte("/-_.~", char) >= 0) {
			return strings.NewReplacer("%2F", "/", "+", "%20").Replace(url.QueryEscape(text))
		}
	}
	return text
}
