package pgp

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha1"
	"io"

	"github.com/kalamsql/kalamsql/sql/expr/ciphers"
)

// maxMessage bounds what a message says in bytes, as values are bounded.
const maxMessage = 1 << 30

// message is one that is being decrypted.
type message struct {
	o        *Options
	password []byte
	key      *key

	cipher  byte
	session []byte
	out     []byte
	// What is said when all has been read, lest it tell something of the key.
	corruptPrefix, unknownCompression, binary bool
}

// DecryptWithPassword opens a message with a password.
func DecryptWithPassword(data, password []byte, o *Options) ([]byte, error) {
	if len(password) == 0 {
		return nil, ErrArgument
	}
	m := &message{o: o, password: password}
	return m.read(data)
}

// DecryptWith opens a message with a secret key, which may have a password; nil: none is given.
func DecryptWith(data, key, password []byte, o *Options) ([]byte, error) {
	k, err := readKey(key, password, true)
	if err != nil {
		return nil, err
	}
	m := &message{o: o, key: k}
	return m.read(data)
}

func (m *message) read(data []byte) ([]byte, error) {
	r := &reader{data}
	gotKey, gotData := false, false
	for {
		tag, body, _, err := r.packet(false)
		if err != nil {
			return nil, err
		}
		if tag == 0 && body == nil && len(r.data) == 0 {
			break
		}
		switch {
		case tag == tagMarker:
		case tag == tagPublicSessionKey:
			if m.key == nil {
				return nil, ErrPgcrypto
			}
			gotKey = true
			err = m.publicSessionKey(&reader{body})
		case tag == tagSymmetricSessionKey && !gotKey:
			gotKey = true
			err = m.symmetricSessionKey(&reader{body})
		case (tag == tagEncrypted || tag == tagProtected) && gotKey && !gotData:
			gotData = true
			err = m.encrypted(body, tag == tagProtected)
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case !gotData, m.corruptPrefix:
		return nil, ErrCorrupt
	case m.unknownCompression:
		return nil, ErrCompression
	case m.binary:
		return nil, ErrNotText
	}
	return m.out, nil
}

func (m *message) symmetricSessionKey(r *reader) error {
	version, err := r.byte()
	if err != nil {
		return err
	}
	cipher, err := r.byte()
	if err != nil {
		return err
	}
	if version != 4 {
		return ErrCorrupt
	}
	s, err := readS2K(r)
	if err != nil {
		return err
	}
	key, err := s.key(cipher, m.password)
	if err != nil {
		return err
	}
	if len(r.data) == 0 {
		m.cipher, m.session = cipher, key
		return nil
	}
	if len(r.data) < 17 || len(r.data) > maxKey+1 {
		return ErrCorrupt
	}
	block, err := symmetricOf(cipher).start(key)
	if err != nil {
		return err
	}
	plain := make([]byte, len(r.data))
	ciphers.NewCFB(block, make([]byte, block.BlockSize())).Decrypt(plain, r.data)
	m.cipher, m.session = plain[0], plain[1:]
	if of := symmetricOf(m.cipher); of == nil || of.key != len(m.session) {
		return ErrCorrupt
	}
	return nil
}

func (m *message) publicSessionKey(r *reader) error {
	version, err := r.byte()
	if err != nil {
		return err
	}
	if version != 3 {
		return ErrCorrupt
	}
	id, err := r.fixed(8)
	if err != nil {
		return err
	}
	if !bytes.Equal(id, anyKey[:]) && !bytes.Equal(id, m.key.id[:]) {
		return ErrWrongKey
	}
	secret, err := m.key.decrypt(r)
	if err != nil {
		return err
	}
	if len(secret) < 3 {
		return ErrWrongKey
	}
	sum, key := 0, secret[1:len(secret)-2]
	for _, b := range key {
		sum += int(b)
	}
	if byte(sum>>8) != secret[len(secret)-2] || byte(sum) != secret[len(secret)-1] {
		return ErrWrongKey
	}
	if len(key) > maxKey {
		return ErrSessionKeyTooBig
	}
	m.cipher, m.session = secret[0], key
	if len(r.data) > 0 {
		return ErrCorrupt
	}
	return nil
}

// encrypted reads the packet with the data, whole says with a hash of it.
func (m *message) encrypted(body []byte, whole bool) error {
	if whole {
		if len(body) == 0 || body[0] != 1 {
			return ErrCorrupt
		}
		body = body[1:]
	}
	of := symmetricOf(m.cipher)
	if of == nil {
		return ErrCorrupt
	}
	if of.make == nil {
		return ErrCipher
	}
	if len(m.session) != of.key {
		return ErrCorrupt
	}
	block, err := of.start(m.session)
	if err != nil {
		return err
	}
	n := of.block
	if len(body) < n+2 {
		return ErrCorrupt
	}
	plain := make([]byte, len(body))
	c := ciphers.NewCFB(block, make([]byte, n))
	if whole {
		c.Decrypt(plain, body)
	} else {
		c.Decrypt(plain[:n+2], body[:n+2])
		ciphers.NewCFB(block, body[2:n+2]).Decrypt(plain[n+2:], body[n+2:])
	}
	m.corruptPrefix = !bytes.Equal(plain[n-2:n], plain[n:n+2])
	var hashed []byte
	if whole {
		hashed = plain
	}
	return m.packets(plain[n+2:], true, hashed)
}

// packets reads those in what was encrypted or, without mayCompress, compressed. hashed is
// all that the hash is of, which ends where data does; nil: there is none.
func (m *message) packets(data []byte, mayCompress bool, hashed []byte) error {
	r := &reader{data}
	gotData, gotHash := false, false
	for len(r.data) > 0 {
		tag, body, open, err := r.packet(true)
		switch {
		case err != nil:
			return err
		case gotHash:
			return ErrCorrupt
		}
		if open && hashed != nil { // the hash is behind, though nothing says so
			n := len(body) - 2 - sha1.Size
			if n < 0 || body[n] != 0xc0|tagHash || body[n+1] != sha1.Size || !proved(hashed, body[n+2:]) {
				return ErrCorrupt
			}
			body, gotHash = body[:n], true
		}
		switch {
		case tag == tagLiteral:
			gotData = true
			err = m.literal(&reader{body})
		case tag == tagCompressed && mayCompress && !gotData:
			gotData = true
			err = m.compressed(body)
		case tag == tagHash && hashed != nil && len(body) == sha1.Size && len(r.data) == 0 && proved(hashed, body):
			gotHash = true
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return err
		}
	}
	if !gotData || hashed != nil && !gotHash {
		return ErrCorrupt
	}
	return nil
}

// proved compares the hash at the end of what was encrypted.
func proved(hashed, sum []byte) bool {
	want := sha1.Sum(hashed[:len(hashed)-sha1.Size])
	return bytes.Equal(want[:], sum)
}

func (m *message) literal(r *reader) error {
	kind, err := r.byte()
	if err != nil {
		return err
	}
	n, err := r.byte()
	if err != nil {
		return err
	}
	if _, err = r.fixed(int(n) + 4); err != nil { // a name and a time
		return err
	}
	if m.o.Text && kind != 't' && kind != 'u' {
		m.binary = true
	}
	if m.o.Text && m.o.convertLines {
		r.data = bytes.ReplaceAll(r.data, []byte("\r\n"), []byte("\n"))
	}
	m.out = append(m.out, r.data...)
	return nil
}

func (m *message) compressed(body []byte) error {
	if len(body) == 0 {
		return ErrCorrupt
	}
	in := bytes.NewReader(body[1:])
	var from io.Reader
	switch body[0] {
	case 0:
		return m.packets(body[1:], false, nil)
	case 1:
		from = flate.NewReader(in)
	case 2:
		z, err := zlib.NewReader(in)
		if err != nil {
			return ErrCorrupt
		}
		from = z
	case 3:
		m.unknownCompression = true
		return nil
	default:
		return ErrCorrupt
	}
	plain, err := io.ReadAll(io.LimitReader(from, maxMessage+1))
	if err != nil || len(plain) > maxMessage || in.Len() > 0 {
		return ErrCorrupt
	}
	return m.packets(plain, false, nil)
}
