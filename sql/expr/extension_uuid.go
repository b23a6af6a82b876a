package expr

import (
	"crypto/rand"

	"github.com/google/uuid"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension uuid-ossp.

func init() {
	e := &Extension{Name: "uuid-ossp", Version: "1.1", Comment: "generate universally unique identifiers (UUIDs)"}
	constant := func(name string, u uuid.UUID) {
		e.Functions = append(e.Functions, &ExtensionFunction{Name: name, Symbol: name, Result: types.UUID, Volatility: 'i', Strict: true,
			Eval: func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(u, nil) }})
	}
	generated := func(name string, next func() (uuid.UUID, error)) {
		e.Functions = append(e.Functions, &ExtensionFunction{Name: name, Symbol: name, Result: types.UUID, Volatility: 'v', Strict: true,
			Eval: func(*Context, []types.Datum) (types.Datum, error) { return uuidDatum(next()) }})
	}
	hashed := func(name string, of func(space uuid.UUID, data []byte) uuid.UUID) {
		e.Functions = append(e.Functions, &ExtensionFunction{Name: name, Symbol: name, Result: types.UUID, Volatility: 'i', Strict: true,
			Args: []*types.Type{types.UUID, types.Text}, ArgNames: []string{"namespace", "name"},
			Eval: func(_ *Context, a []types.Datum) (types.Datum, error) {
				space, err := uuid.FromBytes([]byte(a[0].Str()))
				return uuidDatum(of(space, []byte(a[1].Str())), err)
			}})
	}
	constant("uuid_nil", uuid.Nil)
	constant("uuid_ns_dns", uuid.NameSpaceDNS)
	constant("uuid_ns_url", uuid.NameSpaceURL)
	constant("uuid_ns_oid", uuid.NameSpaceOID)
	constant("uuid_ns_x500", uuid.NameSpaceX500)
	generated("uuid_generate_v1", uuid.NewUUID)
	generated("uuid_generate_v1mc", multicastUUID)
	hashed("uuid_generate_v3", uuid.NewMD5)
	generated("uuid_generate_v4", uuid.NewRandom)
	hashed("uuid_generate_v5", uuid.NewSHA1)
	offer(e)
}

// multicastUUID is one of version 1 whose node is random, marked as a multicast
// address so that it is nobody's.
func multicastUUID() (uuid.UUID, error) {
	u, err := uuid.NewUUID()
	if err != nil {
		return u, err
	}
	if _, err := rand.Read(u[10:]); err != nil {
		return u, err
	}
	u[10] |= 0x03
	return u, nil
}
