package pgp

import (
	"crypto/rand"
)

// s2k says how a key is made of a password: hashed, with a salt, many times over.
type s2k struct {
	mode, digest byte // 0: simple, 1: salted, 3: iterated
	salt         [8]byte
	iterations   byte // as it is written
}

// Modes of s2k.
const simple, salted, iterated = 0, 1, 3

// count is the number of bytes that are hashed.
func (s *s2k) count() int { return (16 + int(s.iterations&15)) << (s.iterations>>4 + 6) }

// newS2K makes one with a new salt. count -1: some between 65,536 and 253,952.
func newS2K(mode, digest byte, count int) *s2k {
	s := &s2k{mode: mode, digest: digest}
	if mode == simple {
		return s
	}
	rand.Read(s.salt[:])
	if mode == salted {
		return s
	}
	if count < 0 {
		var b [1]byte
		rand.Read(b[:])
		s.iterations = 96 + b[0]&0x1f
		return s
	}
	for s.count() < count && s.iterations < 255 {
		s.iterations++
	}
	return s
}

func (s *s2k) write() []byte {
	out := []byte{s.mode, s.digest}
	if s.mode != simple {
		out = append(out, s.salt[:]...)
	}
	if s.mode == iterated {
		out = append(out, s.iterations)
	}
	return out
}

func readS2K(r *reader) (s *s2k, err error) {
	s = &s2k{}
	if s.mode, err = r.byte(); err != nil {
		return nil, err
	}
	if s.digest, err = r.byte(); err != nil {
		return nil, err
	}
	switch s.mode {
	case simple:
		return s, nil
	case salted, iterated:
		salt, err := r.fixed(len(s.salt))
		if err != nil {
			return nil, err
		}
		copy(s.salt[:], salt)
		if s.mode == iterated {
			s.iterations, err = r.byte()
		}
		return s, err
	}
	return nil, ErrS2KMode
}

// key makes the key for a cipher.
func (s *s2k) key(cipher byte, password []byte) ([]byte, error) {
	of := symmetricOf(cipher)
	if of == nil || of.key == 0 {
		return nil, ErrCipher
	}
	make, err := digestOf(s.digest)
	if err != nil {
		return nil, err
	}
	var whole []byte // what is hashed over and over
	if s.mode != simple {
		whole = append(whole, s.salt[:]...)
	}
	whole = append(whole, password...)
	count := len(whole)
	if s.mode == iterated {
		count = max(count, s.count())
	}
	var key []byte
	for zeros := 0; len(key) < of.key; zeros++ {
		h := make()
		for range zeros {
			h.Write([]byte{0})
		}
		for left := count; left > 0; left -= len(whole) {
			h.Write(whole[:min(left, len(whole))])
		}
		key = h.Sum(key)
	}
	return key[:of.key], nil
}
