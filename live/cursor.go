package live

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
)

// A cursor is base64url of: version, epoch, sequence (both unsigned varints)
// and the four bytes of a CRC-32C over what precedes it.
const cursorVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// EncodeCursor makes the cursor of a commit sequence in an epoch.
func EncodeCursor(epoch uint64, seq storage.Seq) string {
	var buf [1 + 2*binary.MaxVarintLen64 + 4]byte
	b := append(buf[:0], cursorVersion)
	b = binary.AppendUvarint(b, epoch)
	b = binary.AppendUvarint(b, uint64(seq))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor reads a cursor; one that EncodeCursor did not make is 22023.
func DecodeCursor(cursor string) (epoch uint64, seq storage.Seq, err error) {
	malformed := sqlerr.New(sqlerr.InvalidParameterValue, `invalid cursor: "%s"`, cursor)
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 1+2+4 || b[0] != cursorVersion {
		return 0, 0, malformed
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return 0, 0, malformed
	}
	epoch, n := binary.Uvarint(body[1:])
	if n <= 0 {
		return 0, 0, malformed
	}
	s, m := binary.Uvarint(body[1+n:])
	if m <= 0 || 1+n+m != len(body) {
		return 0, 0, malformed
	}
	return epoch, storage.Seq(s), nil
}
