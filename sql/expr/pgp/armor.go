package pgp

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// Header is a line of an armor.
type Header struct{ Key, Value string }

const armorLine = 76

// Armor writes data as text.
func Armor(data []byte, headers []Header) string {
	var b strings.Builder
	b.WriteString("-----BEGIN PGP MESSAGE-----\n")
	for _, h := range headers {
		b.WriteString(h.Key + ": " + h.Value + "\n")
	}
	b.WriteByte('\n')
	for text := base64.StdEncoding.EncodeToString(data); text != ""; {
		n := min(len(text), armorLine)
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	sum := checksum(data)
	b.WriteString("=" + base64.StdEncoding.EncodeToString([]byte{byte(sum >> 16), byte(sum >> 8), byte(sum)}))
	b.WriteString("\n-----END PGP MESSAGE-----\n")
	return b.String()
}

// checksum is CRC-24.
func checksum(data []byte) uint32 {
	sum := uint32(0xb704ce)
	for _, c := range data {
		sum ^= uint32(c) << 16
		for range 8 {
			if sum <<= 1; sum&0x1000000 != 0 {
				sum ^= 0x1864cfb
			}
		}
	}
	return sum & 0xffffff
}

// border finds a line as in -----BEGIN PGP MESSAGE-----, and where it begins and ends.
func border(text, sep string) (from, to int, ok bool) {
	for {
		at := strings.Index(text[from:], sep)
		if at < 0 {
			return 0, 0, false
		}
		if from += at; from == 0 || text[from-1] == '\n' {
			break
		}
		from += len(sep)
	}
	to = from + len(sep)
	for to < len(text) && text[to] != '-' {
		if text[to] < ' ' {
			return 0, 0, false
		}
		to++
	}
	if !strings.HasPrefix(text[to:], sep[:5]) {
		return 0, 0, false
	}
	if to += 5; to == len(text) {
		return from, to, true
	}
	if text[to] != '\n' && text[to] != '\r' {
		return 0, 0, false
	}
	if text[to] == '\r' {
		to++
	}
	if to < len(text) && text[to] == '\n' {
		to++
	}
	return from, to, true
}

// parts takes an armor apart: its headers, and what is behind.
func parts(text string) (headers, body string, err error) {
	_, to, ok := border(text, "-----BEGIN")
	if !ok {
		return "", "", ErrArmor
	}
	text = text[to:]
	end, _, ok := border(text, "-----END")
	if !ok {
		return "", "", ErrArmor
	}
	text = text[:end]
	at := 0
	for at < len(text) && text[at] != '\n' && text[at] != '\r' {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return "", "", ErrArmor
		}
		at += n + 1
	}
	return text[:at], text[at:], nil
}

// Dearmor gives the data of an armor.
func Dearmor(text string) ([]byte, error) {
	_, body, err := parts(text)
	if err != nil {
		return nil, err
	}
	at := strings.LastIndexByte(body, '=')
	if at < 0 || len(body) < at+5 {
		return nil, ErrArmor
	}
	sum, err := decode(body[at+1 : at+5])
	if err != nil || len(sum) != 3 {
		return nil, ErrArmor
	}
	// The line break before the checksum is no part of the data.
	data, err := decode(body[:max(at-1, 0)])
	if err != nil {
		return nil, err
	}
	if checksum(data) != uint32(sum[0])<<16|uint32(sum[1])<<8|uint32(sum[2]) {
		return nil, ErrArmor
	}
	return data, nil
}

// decode reads base64 with space between.
func decode(text string) ([]byte, error) {
	clean := bytes.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\r", r) {
			return -1
		}
		return r
	}, []byte(text))
	data := make([]byte, base64.StdEncoding.DecodedLen(len(clean)))
	n, err := base64.StdEncoding.Decode(data, clean)
	if err != nil {
		return nil, ErrArmor
	}
	return data[:n], nil
}

// Headers are the headers of an armor.
func Headers(text string) (list []Header, err error) {
	lines, _, err := parts(text)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, ErrArmor
		}
		list = append(list, Header{key, value})
	}
	return list, nil
}
