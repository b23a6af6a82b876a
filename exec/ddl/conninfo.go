package ddl

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// connectionOptions are what a connection string of libpq may set.
var connectionOptions = strings.Fields("service user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding options application_name " +
	"fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslmode sslcompression sslcert sslkey sslpassword sslrootcert sslcrl " +
	"sslcrldir sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib replication target_session_attrs authtype")

// checkConnection says whether a connection string can be read, as libpq reads it.
func checkConnection(text string) error {
	if _, fault := readConnection(text); fault != "" {
		return sqlerr.New(sqlerr.SyntaxError, "invalid connection string syntax: %s\n", fault)
	}
	return nil
}

// connectionPort gives the port of a connection string; ok is false if it is none.
func connectionPort(text string) (port string, ok bool) {
	options, _ := readConnection(text)
	if options["port"] == "" {
		return "", true
	}
	for _, p := range strings.Split(options["port"], ",") {
		if n, err := strconv.Atoi(p); p != "" && (err != nil || n < 1 || n > 65535) {
			return p, false
		}
	}
	return "", true
}

// readConnection takes a connection string apart; fault is what is wrong with it.
func readConnection(text string) (options map[string]string, fault string) {
	options = map[string]string{}
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok {
			return options, readConnectionURI(rest, options)
		}
	}
	rest := text
	const space = " \t\n\r\v\f"
	for {
		rest = strings.TrimLeft(rest, space)
		if rest == "" {
			return options, ""
		}
		end := strings.IndexAny(rest, "="+space)
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		rest = strings.TrimLeft(rest[end:], space)
		if !strings.HasPrefix(rest, "=") {
			return nil, `missing "=" after "` + name + `" in connection info string`
		}
		rest = strings.TrimLeft(rest[1:], space)
		value, after, closed := connectionValue(rest)
		if !closed {
			return nil, "unterminated quoted string in connection info string"
		}
		if rest = after; !slices.Contains(connectionOptions, name) {
			return nil, `invalid connection option "` + name + `"`
		}
		options[name] = value
	}
}

// connectionValue reads a value, which may be quoted and have backslashes.
func connectionValue(text string) (value, rest string, closed bool) {
	quoted := strings.HasPrefix(text, "'")
	i := 0
	if quoted {
		i = 1
	}
	var b strings.Builder
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case quoted && c == '\'':
			return b.String(), text[i+1:], true
		case !quoted && strings.IndexByte(" \t\n\r\v\f", c) >= 0:
			return b.String(), text[i:], true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", !quoted
}

// readConnectionURI reads what follows the scheme of a URI.
func readConnectionURI(rest string, options map[string]string) (fault string) {
	rest, query, _ := strings.Cut(rest, "?")
	hosts, name, _ := strings.Cut(rest, "/")
	options["dbname"] = name
	if at := strings.LastIndexByte(hosts, '@'); at >= 0 {
		hosts = hosts[at+1:]
	}
	var ports []string
	for _, h := range strings.Split(hosts, ",") {
		port := ""
		if colon := strings.LastIndexByte(h, ':'); colon >= 0 && !strings.HasSuffix(h, "]") {
			port = h[colon+1:]
		}
		ports = append(ports, port)
	}
	options["port"] = strings.Join(ports, ",")
	if query == "" {
		return ""
	}
	for _, pair := range strings.Split(query, "&") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return `missing key/value separator "=" in URI query parameter: "` + pair + `"`
		}
		if key == "ssl" && value == "true" {
			key, value = "sslmode", "require"
		}
		if !slices.Contains(connectionOptions, key) {
			return `invalid URI query parameter: "` + key + `"`
		}
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		options[key] = value
	}
	return ""
}
