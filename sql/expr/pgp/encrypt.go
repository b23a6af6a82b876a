package pgp

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/aes"
	"crypto/rand"
	"crypto/sha1"
	"io"
	"time"

	"github.com/kalamsql/kalamsql/sql/expr/ciphers"
)

// EncryptWithPassword makes a message that the password opens.
func EncryptWithPassword(data, password []byte, o *Options) ([]byte, error) {
	if len(password) == 0 {
		return nil, ErrArgument
	}
	if o.s2kCipher == 0 {
		o.s2kCipher = o.cipher
	}
	s := newS2K(o.s2kMode, o.s2kDigest, o.s2kCount)
	key, err := s.key(o.s2kCipher, password)
	if err != nil {
		return nil, err
	}
	packet := append([]byte{4, o.s2kCipher}, s.write()...)
	session := key
	if o.sessionKey {
		if session, err = newSessionKey(o.cipher); err != nil {
			return nil, err
		}
		block, err := symmetricOf(o.s2kCipher).start(key)
		if err != nil {
			return nil, err
		}
		hidden := append([]byte{o.cipher}, session...)
		ciphers.NewCFB(block, make([]byte, block.BlockSize())).Encrypt(hidden, hidden)
		packet = append(packet, hidden...)
	}
	return appendMessage(appendPacket(nil, tagSymmetricSessionKey, packet), data, session, o)
}

// EncryptFor makes a message for the owner of a public key.
func EncryptFor(data, key []byte, o *Options) ([]byte, error) {
	k, err := readKey(key, nil, false)
	if err != nil {
		return nil, err
	}
	session, err := newSessionKey(o.cipher)
	if err != nil {
		return nil, err
	}
	sum := 0
	for _, b := range session {
		sum += int(b)
	}
	secret := append(append([]byte{o.cipher}, session...), byte(sum>>8), byte(sum))
	hidden, err := k.encrypt(secret)
	if err != nil {
		return nil, err
	}
	packet := append(append([]byte{3}, k.id[:]...), k.algorithm)
	return appendMessage(appendParts(nil, tagPublicSessionKey, append(packet, hidden...)), data, session, o)
}

func newSessionKey(cipher byte) ([]byte, error) {
	of := symmetricOf(cipher)
	if of.make == nil {
		return nil, ErrCipher
	}
	key := make([]byte, of.key)
	rand.Read(key)
	return key, nil
}

// appendMessage writes the packet with the data behind that of the session key.
func appendMessage(out, data, session []byte, o *Options) ([]byte, error) {
	of := symmetricOf(o.cipher)
	if of.make == nil {
		return nil, ErrCipher
	}
	if len(session) != of.key && of.block != aes.BlockSize { // a key of the password for another cipher; AES takes it as it is
		session = append(session[:min(len(session), of.key):min(len(session), of.key)], make([]byte, max(of.key-len(session), 0))...)
	}
	block, err := of.start(session)
	if err != nil {
		return nil, err
	}
	kind := byte('b')
	switch {
	case o.Text && o.unicode:
		kind = 'u'
	case o.Text:
		kind = 't'
	}
	if o.Text && o.convertLines {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	t := uint32(time.Now().Unix())
	literal := append([]byte{kind, 0, byte(t >> 24), byte(t >> 16), byte(t >> 8), byte(t)}, data...)
	inner := appendParts(nil, tagLiteral, literal)
	if o.compress > 0 && o.level > 0 {
		if inner, err = compressed(inner, o); err != nil {
			return nil, err
		}
		inner = appendParts(nil, tagCompressed, inner)
	}
	// Random bytes go first, of which the last two are there twice.
	n := of.block
	plain := make([]byte, n+2, n+2+len(inner)+2+sha1.Size)
	rand.Read(plain[:n])
	copy(plain[n:], plain[n-2:n])
	plain = append(plain, inner...)
	c := ciphers.NewCFB(block, make([]byte, n))
	if o.noHash {
		c.Encrypt(plain[:n+2], plain[:n+2])
		ciphers.NewCFB(block, plain[2:n+2]).Encrypt(plain[n+2:], plain[n+2:])
		return appendParts(out, tagEncrypted, plain), nil
	}
	plain = append(plain, 0xc0|tagHash, sha1.Size)
	sum := sha1.Sum(plain)
	plain = append(plain, sum[:]...)
	c.Encrypt(plain, plain)
	return appendParts(out, tagProtected, append([]byte{1}, plain...)), nil
}

func compressed(data []byte, o *Options) ([]byte, error) {
	out := bytes.NewBuffer([]byte{byte(o.compress)})
	var w io.WriteCloser
	switch o.compress {
	case 1:
		w, _ = flate.NewWriter(out, o.level)
	case 2:
		w, _ = zlib.NewWriterLevel(out, o.level)
	default:
		return nil, ErrCompression
	}
	w.Write(data)
	w.Close()
	return out.Bytes(), nil
}
