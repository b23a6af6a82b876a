package pgp

// Tags of packets.
const (
	tagPublicSessionKey    = 1
	tagSignature           = 2
	tagSymmetricSessionKey = 3
	tagSecretKey           = 5
	tagPublicKey           = 6
	tagSecretSubkey        = 7
	tagCompressed          = 8
	tagEncrypted           = 9
	tagMarker              = 10
	tagLiteral             = 11
	tagTrust               = 12
	tagUserID              = 13
	tagPublicSubkey        = 14
	tagUserAttribute       = 17
	tagProtected           = 18 // encrypted, with a hash of all behind
	tagHash                = 19
	tagPrivate             = 61
)

const (
	maxChunk   = 16 << 20
	chunkShift = 14 // the parts of packets that are written are of this power of two
)

// reader reads bytes from a packet, or packets.
type reader struct{ data []byte }

func (r *reader) byte() (byte, error) {
	if len(r.data) == 0 {
		return 0, ErrCorrupt
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b, nil
}

func (r *reader) fixed(n int) ([]byte, error) {
	if len(r.data) < n {
		return nil, ErrCorrupt
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out, nil
}

// upTo gives n bytes, or what there is.
func (r *reader) upTo(n int) []byte {
	out := r.data[:min(n, len(r.data))]
	r.data = r.data[len(out):]
	return out
}

func (r *reader) number(bytes int) (n int, err error) {
	b, err := r.fixed(bytes)
	for _, c := range b {
		n = n<<8 | int(c)
	}
	if n > maxChunk {
		err = ErrCorrupt
	}
	return n, err
}

// length reads a length in the new format; more says that another one follows what is
// that long.
func (r *reader) length() (n int, more bool, err error) {
	b, err := r.byte()
	switch {
	case err != nil:
	case b <= 191:
		n = int(b)
	case b <= 223:
		var low byte
		low, err = r.byte()
		n = int(b-192)<<8 + 192 + int(low)
	case b == 255:
		n, err = r.number(4)
	default:
		n, more = 1<<(b&0x1f), true
		if n > maxChunk {
			err = ErrCorrupt
		}
	}
	return n, more, err
}

// packet reads a packet. open says that it has no length and ends with what is around it,
// which is allowed within a message alone; body is then the rest. tag is 0 at the end.
func (r *reader) packet(allowOpen bool) (tag byte, body []byte, open bool, err error) {
	if len(r.data) == 0 {
		return 0, nil, false, nil
	}
	b, _ := r.byte()
	switch {
	case b&0x80 == 0:
		return 0, nil, false, ErrCorrupt
	case b&0x40 == 0:
		tag = b >> 2 & 15
		if b&3 == 3 {
			if !allowOpen {
				return 0, nil, false, ErrCorrupt
			}
			return tag, r.upTo(len(r.data)), true, nil
		}
		n, err := r.number(1 << (b & 3))
		if err != nil {
			return 0, nil, false, err
		}
		return tag, r.upTo(n), false, nil
	}
	tag = b & 0x3f
	n, more, err := r.length()
	if err != nil {
		return 0, nil, false, err
	}
	body = r.upTo(n)
	if !more {
		return tag, body, false, nil
	}
	body = append([]byte(nil), body...)
	for more {
		if n, more, err = r.length(); err != nil {
			return 0, nil, false, err
		}
		body = append(body, r.upTo(n)...)
	}
	return tag, body, false, nil
}

func appendLength(out []byte, n int) []byte {
	switch {
	case n <= 191:
		return append(out, byte(n))
	case n <= 8383:
		return append(out, byte((n-192)>>8+192), byte(n-192))
	}
	return append(out, 255, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// appendPacket writes a packet with one length.
func appendPacket(out []byte, tag byte, body []byte) []byte {
	return append(appendLength(append(out, 0xc0|tag), len(body)), body...)
}

// appendParts writes a packet in parts.
func appendParts(out []byte, tag byte, body []byte) []byte {
	out = append(out, 0xc0|tag)
	for len(body) >= 1<<chunkShift {
		out = append(append(out, 0xe0|chunkShift), body[:1<<chunkShift]...)
		body = body[1<<chunkShift:]
	}
	return append(appendLength(out, len(body)), body...)
}
