package expr

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/oklog/ulid/v2"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// kalamsql's own functions have OIDs that PostgreSQL leaves to no one.
const firstOwnOID types.OID = 15000

// A snowflake id is a positive int8 that grows with time:
//
//	bit 63      0
//	bits 22-62  milliseconds since 2020-01-01 00:00 UTC (41 bits, until 2089)
//	bits 0-21   counter within the millisecond (4,194,304 of them)
//
// Ids are unique and strictly growing within a process. If the clock goes back,
// or the counter runs out, the last millisecond used is kept or the next one
// taken, so that the order holds.
const (
	snowflakeEpoch   int64 = 1577836800000 // milliseconds of Unix time
	snowflakeCounter       = 22            // bits
)

// snowflakes hands out ids for the process.
var snowflakes struct {
	sync.Mutex
	last int64
}

// Snowflake makes the next snowflake id at a time.
func Snowflake(now time.Time) int64 {
	id := (now.UnixMilli() - snowflakeEpoch) << snowflakeCounter
	snowflakes.Lock()
	defer snowflakes.Unlock()
	if id <= snowflakes.last {
		id = snowflakes.last + 1
	}
	snowflakes.last = id
	return id
}

// ulids is the process's monotonic ULID source.
var ulids struct {
	sync.Mutex
	entropy *ulid.MonotonicEntropy
}

func newULID(now time.Time) (string, error) {
	ulids.Lock()
	defer ulids.Unlock()
	if ulids.entropy == nil {
		ulids.entropy = ulid.Monotonic(rand.Reader, 0)
	}
	id, err := ulid.New(ulid.Timestamp(now), ulids.entropy)
	if err != nil {
		return "", sqlerr.Internal("ulid: %w", err)
	}
	return id.String(), nil
}

// clock gives clock_timestamp().
func (c *Context) clock() time.Time {
	if c == nil || c.Clock == nil {
		return time.Now()
	}
	return c.Clock()
}

func uuidDatum(u uuid.UUID, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, sqlerr.Internal("uuid: %w", err)
	}
	return types.Bytes(u[:]), nil
}

func init() {
	register(map[string]EvalFunc{
		"gen_random_uuid": func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(uuid.NewRandom()) },
	})
}

// ownFunctions are the functions PostgreSQL does not have, or has since a later version than 15.
func ownFunctions() []*Function {
	oid := firstOwnOID
	own := func(name string, result *types.Type, v Volatility, f EvalFunc, args ...*types.Type) *Function {
		oid++
		return &Function{OID: oid, Name: name, Symbol: name, Kind: 'f', Args: args, Result: result, Volatility: v, Strict: len(args) > 0, Eval: f}
	}
	host := func(name string, result *types.Type, v Volatility, args ...*types.Type) *Function {
		f := own(name, result, v, nil, args...)
		HostFunction(f)
		return f
	}
	text := types.Text
	// The functions SQL writes without parentheses, which pg_proc does not have.
	today := func(c *Context, _ []types.Datum) (types.Datum, error) {
		return timestampDate(localNow(c)), nil
	}
	special := []*Function{
		own("current_date", types.Date, Stable, today),
		own("current_timestamp", types.TimestampTZ, Stable, currentTimestamp((*Context).txTime)),
		own("localtimestamp", types.Timestamp, Stable, func(c *Context, _ []types.Datum) (types.Datum, error) { return types.Int(localNow(c)), nil }),
		own("localtime", types.Time, Stable, func(c *Context, _ []types.Datum) (types.Datum, error) { return timeOfDay(localNow(c)), nil }),
		own("current_time", types.TimeTZType, Stable, func(c *Context, _ []types.Datum) (types.Datum, error) {
			off, _ := types.ZoneAt(types.TimestampFromTime(c.txTime()), c.env().Location)
			return types.Object(types.TimeTZ{Micros: timeOfDay(localNow(c)).Int(), East: int32(off)}), nil
		}),
		own("current_role", types.Name, Stable, hostText(Host.CurrentUser)),
		own("user", types.Name, Stable, hostText(Host.CurrentUser)),
		own("current_catalog", types.Name, Stable, hostText(Host.Database)),
	}
	listen := host("kalam_listen", types.Text, Volatile, text, text)
	listen3 := host("kalam_listen", types.Text, Volatile, text, text, types.JSONB)
	next := func() types.OID { oid++; return oid }
	special = append(special, informationSchemaFunctions(next)...)
	special = append(special,
		own("snowflake_id", types.Int8, Volatile, func(c *Context, _ []types.Datum) (types.Datum, error) {
			return types.Int(Snowflake(c.clock())), nil
		}),
		own("uuid_v7", types.UUID, Volatile, func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(uuid.NewV7()) }),
		own("ulid", text, Volatile, func(c *Context, _ []types.Datum) (types.Datum, error) {
			s, err := newULID(c.clock())
			return types.String(s), err
		}),
		own("kalam_user", text, Stable, func(c *Context, _ []types.Datum) (types.Datum, error) {
			return types.String(c.Host.KalamUser()), nil
		}),
		listen, listen3,
		host("kalam_end_subscription", types.Boolean, Volatile, types.Int8),
	)
	return append(special, laterFunctions(next)...)
}

// localNow is now() on the session's wall clock.
func localNow(c *Context) int64 {
	return types.ToLocal(types.TimestampFromTime(c.txTime()), c.env().Location)
}
