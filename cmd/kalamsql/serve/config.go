package serve

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/kalamsql/kalamsql/storage"
)

// Config is everything an operator can set. A flag beats the environment
// (KALAMSQL_ and the flag's name in capitals), which beats the file.
type Config struct {
	Data     string
	FS       storage.FS // where Data is; nil is the disk, tests have others
	SQLAddr  string
	HTTPAddr string

	TLSCert, TLSKey string

	// Auth is "trust", "scram" or "auto": trust on loopback, SCRAM elsewhere.
	Auth string

	JWTKeys       string
	JWTJWKS       string
	JWTAlgorithms []string
	JWTIssuer     string
	JWTAudience   string

	AllowedOrigins []string
	Hosts          []string

	LogLevel  string
	LogFormat string

	MaxConnections       int
	MaxWebSockets        int
	MaxSubscriptions     int
	MaxUserSubscriptions int
	SubscriptionQueue    int64
	StateLimit           int64
	StepLimit            time.Duration
	StreamLogBytes       int64
	MaxLocks             int
	TransactionLimit     int64
	MaxStatements        int
	MaxCursors           int
	MaxSavepoints        int
	MaxMessage           int64
	MaxFrame             int64
	StatementsPerSecond  int
	Compression          bool

	LogRetention      time.Duration
	LogRetentionBytes int64
	CacheBytes        int64
	ShutdownTimeout   time.Duration
	AuthTimeout       time.Duration
}

// newFlags declares the flags over c, with the defaults.
func newFlags(c *Config) *pflag.FlagSet {
	f := pflag.NewFlagSet("kalamsql serve", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&c.Data, "data", "./kalamsql-data", "data directory, made when it is not there")
	f.StringVar(&c.SQLAddr, "sql-addr", "127.0.0.1:5454", "address for PostgreSQL clients")
	f.StringVar(&c.HTTPAddr, "http-addr", "127.0.0.1:5455", "address for browsers: console, WebSocket, HTTP")
	f.String("config", "", "TOML file with these settings, by the same names")
	f.StringVar(&c.TLSCert, "tls-cert", "", "certificate file (PEM); TLS is offered when it is set")
	f.StringVar(&c.TLSKey, "tls-key", "", "private key file (PEM)")
	f.StringVar(&c.Auth, "auth", "auto", "who must show a password: auto (everyone not on loopback), scram (everyone), trust (nobody)")
	f.StringVar(&c.JWTKeys, "jwt-keys", "", "file with the keys that sign tokens: PEM public keys, or a secret for HS256")
	f.StringVar(&c.JWTJWKS, "jwt-jwks", "", "file with a JSON Web Key Set")
	f.StringSliceVar(&c.JWTAlgorithms, "jwt-algorithms", []string{"HS256", "RS256", "ES256"}, "signature algorithms accepted in tokens")
	f.StringVar(&c.JWTIssuer, "jwt-issuer", "", "issuer that tokens must name")
	f.StringVar(&c.JWTAudience, "jwt-audience", "", "audience that tokens must name")
	f.StringSliceVar(&c.AllowedOrigins, "allowed-origins", nil, "origins besides the server's own whose pages may connect")
	f.StringSliceVar(&c.Hosts, "hosts", nil, "host names the HTTP address answers to besides loopback and its own")
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "text", "text or json")
	f.IntVar(&c.MaxConnections, "max-connections", 5000, "PostgreSQL sessions at once (53300)")
	f.IntVar(&c.MaxWebSockets, "max-websockets", 50000, "WebSocket connections at once (53300)")
	f.IntVar(&c.MaxSubscriptions, "max-subscriptions", 1000, "live queries of one connection (53300)")
	f.IntVar(&c.MaxUserSubscriptions, "max-user-subscriptions", 100000, "live queries of one user (53300)")
	f.Int64Var(&c.SubscriptionQueue, "subscription-queue", 16<<20, "bytes that may wait for one subscriber before its slow policy applies")
	f.Int64Var(&c.StreamLogBytes, "stream-log-bytes", 64<<20, "bytes of changes of stream tables that are kept in memory to resume from")
	f.IntVar(&c.MaxLocks, "max-locks", 16<<20, "locks held at once, rows' and keys' included (53200)")
	f.Int64Var(&c.TransactionLimit, "transaction-limit", 4<<30, "bytes of writes that one transaction may keep in memory (53200)")
	f.IntVar(&c.MaxStatements, "max-prepared-statements", 10_000, "prepared statements of one session (53400)")
	f.IntVar(&c.MaxCursors, "max-cursors", 10_000, "cursors and other portals of one session (53400)")
	f.IntVar(&c.MaxSavepoints, "max-savepoints", 100_000, "savepoints of one transaction (53400)")
	f.Int64Var(&c.StateLimit, "state-limit", 256<<20, "bytes that a live query with joins, groups or an order may keep")
	f.DurationVar(&c.StepLimit, "step-limit", 5*time.Second, "how long a commit may keep such a query busy before it ends")
	f.Int64Var(&c.MaxMessage, "max-message", 1<<30-1, "bytes of one message of a PostgreSQL client")
	f.Int64Var(&c.MaxFrame, "max-frame", 16<<20, "bytes of one WebSocket frame or HTTP body")
	f.IntVar(&c.StatementsPerSecond, "statements-per-second", 0, "statements a second of one WebSocket connection; 0 is no bound")
	f.BoolVar(&c.Compression, "websocket-compression", false, "agree to permessage-deflate where a WebSocket client offers it")
	f.DurationVar(&c.LogRetention, "log-retention", 24*time.Hour, "how long changes are kept to resume from")
	f.Int64Var(&c.LogRetentionBytes, "log-retention-bytes", 1<<30, "how many bytes of changes are kept to resume from")
	f.Int64Var(&c.CacheBytes, "cache", defaultCache(memory()), "bytes of the block cache, by default a thirty-second of memory but at least 256 MiB; a quarter as much more caches rows by their keys, and another quarter rows column by column")
	f.DurationVar(&c.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "how long running statements may go on after SIGTERM")
	f.DurationVar(&c.AuthTimeout, "auth-timeout", 60*time.Second, "how long a client may take to authenticate")
	return f
}

// ReadConfig reads the flags, the environment and the file.
func ReadConfig(args []string, env func(string) (string, bool)) (*Config, error) {
	c := &Config{}
	f := newFlags(c)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(fl *pflag.Flag) { given[fl.Name] = true })
	path, _ := f.GetString("config")
	if path == "" {
		path, _ = env("KALAMSQL_CONFIG")
	}
	file, err := readFile(path, f)
	if err != nil {
		return nil, err
	}
	var failed error
	f.VisitAll(func(fl *pflag.Flag) {
		if given[fl.Name] || failed != nil {
			return
		}
		if v, ok := env("KALAMSQL_" + strings.ToUpper(strings.ReplaceAll(fl.Name, "-", "_"))); ok {
			if err := fl.Value.Set(v); err != nil {
				failed = fmt.Errorf("KALAMSQL_%s: %v", strings.ToUpper(strings.ReplaceAll(fl.Name, "-", "_")), err)
			}
			return
		}
		if v, ok := file[fl.Name]; ok {
			if err := fl.Value.Set(v); err != nil {
				failed = fmt.Errorf("%s: %s: %v", path, fl.Name, err)
			}
		}
	})
	if failed != nil {
		return nil, failed
	}
	return c, c.validate()
}

// readFile reads a TOML file of settings by flag name.
func readFile(path string, f *pflag.FlagSet) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	raw := map[string]any{}
	if _, err := toml.DecodeFile(path, &raw); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := map[string]string{}
	for name, v := range raw {
		flag := strings.ReplaceAll(name, "_", "-")
		if f.Lookup(flag) == nil {
			return nil, fmt.Errorf("%s: unknown setting %q", path, name)
		}
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i, p := range list {
				parts[i] = fmt.Sprint(p)
			}
			out[flag] = strings.Join(parts, ",")
			continue
		}
		out[flag] = fmt.Sprint(v)
	}
	return out, nil
}

// validate refuses what cannot be meant.
func (c *Config) validate() error {
	switch c.Auth {
	case "auto", "scram", "trust":
	default:
		return fmt.Errorf("--auth must be auto, scram or trust, not %q", c.Auth)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("--tls-cert and --tls-key belong together")
	}
	for name, addr := range map[string]string{"sql-addr": c.SQLAddr, "http-addr": c.HTTPAddr} {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return fmt.Errorf("--%s: %v", name, err)
		}
		if !loopbackHost(host) && c.Auth == "auto" {
			return fmt.Errorf("--%s %s is not a loopback address: set --auth scram to ask every client for a password (or --auth trust to let everyone in)", name, addr)
		}
	}
	return nil
}

func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// loopback says whether a connection comes from this machine.
func loopback(a net.Addr) bool {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.Network() == "unix"
	}
	return loopbackHost(host)
}

// trusts says whether a connection needs no password.
func (c *Config) trusts(a net.Addr) bool {
	switch c.Auth {
	case "trust":
		return true
	case "scram":
		return false
	}
	return loopback(a)
}
