// Sink is a fast S3 stand-in for measuring clients: bodies are summed (CRC32C) and dropped, downloads are served from a
// fixed pattern. Signatures are not checked and nothing is kept, so it proves no correctness; it is only for measuring.
//
//	sink -addr 127.0.0.1:0 [-delay 20ms] [-tls-cert FILE -tls-key FILE] [-attached]
//
// It prints its address on standard output once it listens. What is special about it:
//
//	GET  /<bucket>/gen/<size>/<any>   <size> bytes that were never put; the content depends on the offset only
//	GET  /keys-<n>?list-type=2        lists n generated keys of 4096 bytes: k/00000000, k/00000001, ...
//	GET  /_crc?key=<bucket>/<key>     "<size> <crc32c>" of an object, generated ones too
//	GET  /_sum?prefix=<bucket>/<p>    "<objects> <bytes> <sum of the CRC32Cs>" of what was put below the prefix
//	GET  /_stats                      counters, as JSON
//	POST /_reset                      forgets objects, uploads and counters
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	address := flag.String("addr", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	delay := flag.Duration("delay", 0, "added before each answer")
	certificate := flag.String("tls-cert", "", "certificate for HTTPS, PEM")
	key := flag.String("tls-key", "", "its private key, PEM")
	attached := flag.Bool("attached", false, "end when standard input does, so that no sink outlives its runner")
	flag.Parse()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Handler:  withDelay(newService(), *delay),
		ErrorLog: log.New(io.Discard, "", 0),
		// No HTTP/2, because no S3 service offers it: a client that would choose it must be measured without.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	if *attached {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}

	if *certificate == "" {
		fmt.Printf("http://%s\n", listener.Addr())
		log.Fatal(server.Serve(listener))
	}
	fmt.Printf("https://%s\n", listener.Addr())
	log.Fatal(server.ServeTLS(listener, *certificate, *key))
}

func withDelay(handler http.Handler, delay time.Duration) http.Handler {
	if delay <= 0 {
		return handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		handler.ServeHTTP(w, r)
	})
}
