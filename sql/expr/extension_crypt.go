package expr

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-crypt/x/bcrypt"
	"github.com/go-crypt/x/crypt"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Hashes of passwords, as extension pgcrypto has them: bcrypt and crypt(3)'s with MD5. Those
// with DES are refused by name.

// maxBcryptCost bounds how long one hash takes: 2 to that power of rounds, some seconds, in
// which nothing else can end the statement.
const maxBcryptCost = 16

// cryptDigits are the digits in which crypt(3) writes salts.
const cryptDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

var errSalt = sqlerr.New(sqlerr.InvalidParameterValue, "invalid salt")

// cryptPassword is crypt(password, salt): the salt says how, and begins the result.
func cryptPassword(_ *Context, a []types.Datum) (types.Datum, error) {
	password, salt := []byte(a[0].Str()), a[1].Str()
	switch {
	case strings.HasPrefix(salt, "$1$"):
		digits, _, _ := strings.Cut(salt[3:], "$")
		digits = digits[:min(len(digits), 8)]
		return types.String("$1$" + digits + "$" + string(crypt.KeyMD5Crypt(password, []byte(digits)))), nil
	case strings.HasPrefix(salt, "$2a$"), strings.HasPrefix(salt, "$2x$"):
		return bcryptPassword(password, salt)
	case len(salt) >= 9 && salt[0] == '_', len(salt) >= 2 && salt[:2] != "$2":
		return types.Null, sqlerr.Unsupported("crypt() with DES")
	}
	return types.Null, errSalt
}

// bcryptPassword hashes with a salt as $2a$06$ and 22 digits.
func bcryptPassword(password []byte, salt string) (types.Datum, error) {
	const digits = 22
	if len(salt) < 7+digits || salt[6] != '$' {
		return types.Null, errSalt
	}
	cost, err := strconv.Atoi(salt[4:6])
	if err != nil || cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		return types.Null, errSalt
	}
	if err := bearableCost(cost); err != nil {
		return types.Null, err
	}
	raw, err := bcrypt.Base64Decode([]byte(salt[7 : 7+digits]))
	if err != nil {
		return types.Null, errSalt
	}
	key, err := bcrypt.Key(password[:min(len(password), 72)], raw, cost)
	if err != nil {
		return types.Null, errSalt
	}
	return types.String(salt[:7] + string(bcrypt.Base64Encode(raw)) + string(key)), nil
}

func bearableCost(cost int) error {
	if cost > maxBcryptCost {
		return sqlerr.Unsupported("bcrypt with more than %d rounds", maxBcryptCost)
	}
	return nil
}

// newSalt is gen_salt(algorithm [, rounds]).
func newSalt(_ *Context, a []types.Datum) (types.Datum, error) {
	rounds := 0
	if len(a) > 1 {
		rounds = int(a[1].Int())
	}
	wrong := sqlerr.New(sqlerr.InvalidParameterValue, "gen_salt: Incorrect number of rounds")
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return types.Null, sqlerr.Internal("random bytes: %w", err)
	}
	switch strings.ToLower(a[0].Str()) {
	case "bf":
		if rounds == 0 {
			rounds = 6
		}
		if rounds < bcrypt.MinCost || rounds > bcrypt.MaxCost {
			return types.Null, wrong
		}
		if err := bearableCost(rounds); err != nil {
			return types.Null, err
		}
		return types.String(fmt.Sprintf("$2a$%02d$%s", rounds, bcrypt.Base64Encode(raw))), nil
	case "md5":
		if rounds != 0 && rounds != 1000 {
			return types.Null, wrong
		}
		for i, b := range raw[:8] {
			raw[i] = cryptDigits[b&63]
		}
		return types.String("$1$" + string(raw[:8])), nil
	case "des", "xdes":
		return types.Null, sqlerr.Unsupported("gen_salt() for DES")
	}
	return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "gen_salt: Unknown salt algorithm")
}
