package pgwire

import (
	"bufio"
	"bytes"
	"testing"
)

// FuzzReader feeds any bytes to the framing and the decoders: nothing may panic,
// no body may be longer than its limit, and memory follows what has arrived.
func FuzzReader(f *testing.F) {
	f.Add([]byte("Q\x00\x00\x00\x0dSELECT 1\x00S\x00\x00\x00\x04"))
	f.Add([]byte("P\x00\x00\x00\x10s\x00SELECT\x00\x00\x00\x01\x00\x00\x00\x17"))
	f.Add([]byte("B\x7f\xff\xff\xffabc"))
	f.Add([]byte("B\x00\x00\x00\x16\x00s\x00\x00\x00\x00\x01\xff\xff\xff\xff\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, input []byte) {
		r := newMessageReader(bufio.NewReader(bytes.NewReader(input)), 1<<20)
		for {
			m, err := r.next()
			if err != nil || m.unknown {
				break
			}
			if len(m.body) > r.limitOf(m.kind) || cap(m.body) > 2*len(input)+2*readPiece {
				t.Fatalf("body of %d bytes in %d", len(m.body), cap(m.body))
			}
			b := body{rest: m.body}
			b.string()
			b.formats()
			for range b.count(4) {
				b.bytes(int(b.int32()))
			}
			b.byte()
			_ = b.finish()
			r.recycle(m.body)
		}
		_, _ = parseStartup(version30, input)
		if e := checkUTF8(input); e == nil && bytes.IndexByte(input, 0) >= 0 {
			t.Fatal("a NUL was accepted")
		}
	})
}

func TestBodyLargerThanAPiece(t *testing.T) {
	want := bytes.Repeat([]byte("abcdefg"), 100_000)
	o := newOutput(nil, 0, 0)
	o.begin('d')
	o.raw(want)
	if err := o.end(); err != nil {
		t.Fatal(err)
	}
	m, err := newMessageReader(bufio.NewReader(bytes.NewReader(o.buf)), 1<<20).next()
	if err != nil || !bytes.Equal(m.body, want) {
		t.Errorf("%d bytes, %v", len(m.body), err)
	}
}
