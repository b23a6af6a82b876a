package pgp

import (
	"strconv"
	"strings"
)

// Options say how a message is encrypted, and what it was decrypted as.
type Options struct {
	cipher, s2kCipher  byte // 0: as cipher
	s2kMode, s2kDigest byte
	s2kCount           int // -1: some
	compress, level    int
	noHash             bool // no packet that proves that the message is whole
	sessionKey         bool
	convertLines       bool
	unicode            bool
	// Text says that the message is text.
	Text bool
}

// ParseOptions reads options as in cipher-algo=aes256, compress-algo=1. What an option of
// decryption says to expect is not compared.
func ParseOptions(text string) (*Options, error) {
	o := &Options{cipher: 7, s2kMode: iterated, s2kDigest: 2, s2kCount: -1, level: 6}
	rest := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
	word := func() (w string) {
		rest = strings.TrimLeft(rest, " \t\n")
		n := strings.IndexAny(rest, " \t\n=,")
		switch {
		case n < 0:
			n = len(rest)
		case n == 0:
			n = 1
		}
		w, rest = rest[:n], strings.TrimLeft(rest[n:], " \t\n")
		return w
	}
	for rest != "" {
		key := word()
		if !strings.HasPrefix(rest, "=") {
			return nil, ErrArgument
		}
		rest = rest[1:]
		value := word()
		if rest != "" && rest[0] != ',' {
			return nil, ErrArgument
		}
		rest = strings.TrimPrefix(rest, ",")
		if value == "" {
			return nil, ErrArgument
		}
		if err := o.set(key, value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *Options) set(key, value string) (err error) {
	n := leadingInt(value)
	switch key {
	case "cipher-algo":
		o.cipher, err = symmetricNamed(value)
	case "disable-mdc":
		o.noHash = n != 0
	case "sess-key":
		o.sessionKey = n != 0
	case "s2k-mode":
		if n != simple && n != salted && n != iterated {
			return ErrArgument
		}
		o.s2kMode = byte(n)
	case "s2k-count":
		if o.s2kMode != iterated || n < 1024 || n > 65011712 {
			return ErrArgument
		}
		o.s2kCount = n
	case "s2k-digest-algo":
		o.s2kDigest, err = digestNamed(value)
	case "s2k-cipher-algo":
		o.s2kCipher, err = symmetricNamed(value)
	case "compress-algo":
		if n < 0 || n > 3 {
			return ErrArgument
		}
		o.compress = n
	case "compress-level":
		if n < 0 || n > 9 {
			return ErrArgument
		}
		o.level = n
	case "convert-crlf":
		o.convertLines = n != 0
	case "unicode-mode":
		o.unicode = n != 0
	case "debug", "expect-cipher-algo", "expect-disable-mdc", "expect-sess-key", "expect-s2k-mode", "expect-s2k-count",
		"expect-s2k-digest-algo", "expect-s2k-cipher-algo", "expect-compress-algo", "expect-unicode-mode":
	default:
		return ErrArgument
	}
	return err
}

// leadingInt is the number that a text begins with, or 0.
func leadingInt(s string) int {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, _ := strconv.ParseInt(s[:end], 10, 32)
	return int(int32(n))
}
