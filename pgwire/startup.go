package pgwire

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Request codes and versions: a major number above, a minor below 16 bits.
const (
	cancelRequestCode = 1234<<16 | 5678
	sslRequestCode    = 1234<<16 | 5679
	gssRequestCode    = 1234<<16 | 5680
	version30         = 3 << 16
	version32         = 3<<16 | 2

	maxStartupPacket = 10000 // bytes, PostgreSQL's MAX_STARTUP_PACKET_LENGTH
	alpnProtocol     = "postgresql"
	tlsHandshake     = 0x16 // the first byte of a TLS connection
)

// errHandled ends a connection to which nothing more is to be said.
var errHandled = errors.New("connection handled")

// startupPacket is what a client asks for before authentication.
type startupPacket struct {
	version   uint32 // the version spoken, after negotiation
	user      string
	database  string
	settings  map[string]string
	negotiate bool     // NegotiateProtocolVersion is due
	unknownPQ []string // `_pq_.` options nobody here knows
}

// startup reads packets until one asks for a session: encryption requests are
// answered, a cancel request is carried out. The error is a *sqlerr.Error to be
// sent, or anything else to close without a word.
func (c *conn) startup() (*startupPacket, error) {
	if first, err := c.in.buf.Peek(1); err != nil {
		return nil, err
	} else if first[0] == tlsHandshake {
		if err := c.directTLS(); err != nil {
			return nil, err
		}
	}
	encrypted, asked := c.encrypted, map[uint32]bool{sslRequestCode: c.encrypted}
	for {
		packet, err := readStartupPacket(c.in.buf)
		if err != nil {
			return nil, err
		}
		code := binary.BigEndian.Uint32(packet)
		switch {
		case code == cancelRequestCode:
			c.server.cancelRequest(packet[4:])
			return nil, errHandled
		case code == sslRequestCode && !asked[code]:
			if err := c.answerSSL(); err != nil {
				return nil, err
			}
			// What was asked in the clear may be asked again under encryption.
			asked[gssRequestCode] = asked[gssRequestCode] || c.encrypted && !encrypted
			asked[code] = true
		case code == gssRequestCode && !asked[code]:
			if _, err := c.net.Write([]byte{'N'}); err != nil {
				return nil, err
			}
			asked[code] = true
		default:
			return parseStartup(code, packet[4:])
		}
	}
}

// readStartupPacket reads a length and what it counts; at least four bytes.
func readStartupPacket(in *bufio.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length < 8 || length > maxStartupPacket {
		return nil, errors.New("invalid length of startup packet")
	}
	packet := make([]byte, length-4)
	_, err := io.ReadFull(in, packet)
	return packet, truncated(err)
}

// answerSSL accepts or declines an SSLRequest. Bytes that came behind the
// request were not encrypted and could be an attacker's, so they end the
// connection (CVE-2021-23214).
func (c *conn) answerSSL() error {
	if c.server.tls == nil {
		_, err := c.net.Write([]byte{'N'})
		return err
	}
	if c.in.buf.Buffered() > 0 {
		return protocolViolation("received unencrypted data after SSL request").
			WithDetail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.").Fatal()
	}
	if _, err := c.net.Write([]byte{'S'}); err != nil {
		return err
	}
	return c.encrypt(c.net, false)
}

// directTLS begins encryption without a request, which ALPN must then confirm.
func (c *conn) directTLS() error {
	if c.server.tls == nil {
		return errors.New("direct TLS connection, but TLS is not configured")
	}
	peeked, err := c.in.buf.Peek(c.in.buf.Buffered())
	if err != nil {
		return err
	}
	return c.encrypt(&peekedConn{Conn: c.net, in: io.MultiReader(bytes.NewReader(peeked), c.net)}, true)
}

func (c *conn) encrypt(under net.Conn, needALPN bool) error {
	secure := tls.Server(under, c.server.tls)
	if err := secure.HandshakeContext(c.ctx); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	if needALPN && secure.ConnectionState().NegotiatedProtocol != alpnProtocol {
		return errors.New("direct TLS connection without ALPN protocol negotiation")
	}
	c.setSocket(secure)
	c.encrypted = true
	return nil
}

// peekedConn reads what was peeked at before the rest of the socket.
type peekedConn struct {
	net.Conn
	in io.Reader
}

func (p *peekedConn) Read(b []byte) (int, error) { return p.in.Read(b) }

// parseStartup reads a StartupMessage behind its version.
func parseStartup(version uint32, rest []byte) (*startupPacket, error) {
	if version>>16 != 3 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.2",
			version>>16, version&0xffff).Fatal()
	}
	p := &startupPacket{version: min(version, version32), settings: map[string]string{}}
	p.negotiate = version > version32
	b := body{rest: rest}
	for len(b.rest) > 0 && b.rest[0] != 0 {
		name, value := b.string(), b.string()
		if b.err != nil {
			break
		}
		switch {
		case name == "user":
			p.user = value
		case name == "database":
			p.database = value
		case name == "replication":
			if !replicationOff(value) {
				return nil, sqlerr.Unsupported("replication connection").Fatal()
			}
		case strings.HasPrefix(name, "_pq_."):
			p.unknownPQ = append(p.unknownPQ, name)
			p.negotiate = true
		case name == "options":
			if err := p.addOptions(value); err != nil {
				return nil, err
			}
		default:
			p.settings[name] = value
		}
	}
	if b.err != nil && b.err.Code == sqlerr.CharacterNotInRepertoire {
		return nil, fatal(b.err)
	}
	if b.err != nil || len(b.rest) != 1 {
		return nil, protocolViolation("invalid startup packet layout: expected terminator as last byte").Fatal()
	}
	if p.user == "" {
		return nil, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet").Fatal()
	}
	if p.database == "" {
		p.database = p.user
	}
	return p, nil
}

// addOptions takes the settings from command-line options (-c name=value or
// --name=value), which are separated by spaces; a backslash takes the character
// after it as it is.
func (p *startupPacket) addOptions(text string) error {
	words := optionWords(text)
	for i := 0; i < len(words); i++ {
		word, given := words[i], ""
		switch {
		case word == "-c":
			i++
			if i == len(words) {
				return sqlerr.New(sqlerr.SyntaxError, "-c requires a value").Fatal()
			}
			given = words[i]
		case strings.HasPrefix(word, "-c"):
			given = word[2:]
		case strings.HasPrefix(word, "--"):
			given = word[2:]
		default:
			return sqlerr.New(sqlerr.SyntaxError, "invalid command-line argument for server process: %s", word).Fatal()
		}
		name, value, ok := strings.Cut(given, "=")
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, "%s requires a value", word).Fatal()
		}
		p.settings[strings.ReplaceAll(name, "-", "_")] = value
	}
	return nil
}

// optionWords splits at white space that no backslash precedes.
func optionWords(text string) (words []string) {
	var word []byte
	started := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			word, started = append(word, text[i]), true
		case c == ' ' || c >= '\t' && c <= '\r':
			if started {
				words = append(words, string(word))
			}
			word, started = word[:0], false
		default:
			word, started = append(word, c), true
		}
	}
	if started {
		words = append(words, string(word))
	}
	return words
}

// replicationOff recognises the spellings of false.
func replicationOff(value string) bool {
	switch strings.ToLower(value) {
	case "false", "off", "no", "0", "f", "n":
		return true
	}
	return false
}

// negotiateProtocolVersion appends the message that names the newest version
// spoken here and the options unknown here.
func (o *output) negotiateProtocolVersion(unknown []string) error {
	o.begin('v')
	o.int32(version32)
	o.int32(int32(len(unknown)))
	for _, name := range unknown {
		o.cstring(name)
	}
	return o.end()
}
