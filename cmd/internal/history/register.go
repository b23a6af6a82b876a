package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/jackc/pgx/v5"
)

// registerInput is one statement on one register; the output is what it gave.
type registerInput struct {
	key  int
	kind byte // r, w, c (compare and set)
	old  int
	new  int
}

// registers is what a register does when one statement runs at a time. The
// output of a read is the value, of a comparison 1 or 0.
var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, op := range history {
			k := op.Input.(registerInput).key
			byKey[k] = append(byKey[k], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		in, value := input.(registerInput), state.(int)
		switch in.kind {
		case 'r':
			return output.(int) == value, value
		case 'w':
			return true, in.new
		}
		if output.(int) == 1 {
			return value == in.old, in.new
		}
		return value != in.old, value
	},
	DescribeOperation: func(input, output any) string {
		in := input.(registerInput)
		switch in.kind {
		case 'r':
			return fmt.Sprintf("read(%d) = %d", in.key, output)
		case 'w':
			return fmt.Sprintf("write(%d, %d)", in.key, in.new)
		}
		return fmt.Sprintf("compare-and-set(%d, %d, %d) = %d", in.key, in.old, in.new, output)
	},
}

// Linearizable says whether the statements on each register took effect one
// after the other, each between its call and its return.
func Linearizable(ops []porcupine.Operation) bool {
	return porcupine.CheckOperations(registers, ops)
}

// RunRegisters runs statements of their own on registers and records them.
func RunRegisters(ctx context.Context, dsn string, p Plan) ([]porcupine.Operation, error) {
	if err := once(ctx, dsn, `DROP TABLE IF EXISTS registers; CREATE TABLE registers (k int PRIMARY KEY, v int NOT NULL);
		INSERT INTO registers SELECT g, 0 FROM generate_series(0, 99) AS g`); err != nil {
		return nil, err
	}
	start := time.Now()
	per, failed := make([][]porcupine.Operation, p.Clients), make([]error, p.Clients)
	var clients sync.WaitGroup
	for c := range p.Clients {
		clients.Go(func() {
			conn, err := pgx.Connect(ctx, dsn)
			if err != nil {
				failed[c] = err
				return
			}
			defer conn.Close(context.Background())
			random := rand.New(rand.NewPCG(p.Seed, uint64(c)))
			for range p.Txns {
				in := registerInput{key: random.IntN(p.Keys), kind: "rwc"[random.IntN(3)], old: random.IntN(4), new: random.IntN(4)}
				op := porcupine.Operation{ClientId: c, Input: in, Call: time.Since(start).Nanoseconds()}
				out := 0
				switch in.kind {
				case 'r':
					err = conn.QueryRow(ctx, "SELECT v FROM registers WHERE k = $1", in.key).Scan(&out)
				case 'w':
					_, err = conn.Exec(ctx, "UPDATE registers SET v = $2 WHERE k = $1", in.key, in.new)
				case 'c':
					tag, e := conn.Exec(ctx, "UPDATE registers SET v = $3 WHERE k = $1 AND v = $2", in.key, in.old, in.new)
					out, err = int(tag.RowsAffected()), e
				}
				if err != nil {
					failed[c] = err
					return
				}
				op.Output, op.Return = out, time.Since(start).Nanoseconds()
				per[c] = append(per[c], op)
			}
		})
	}
	clients.Wait()
	var ops []porcupine.Operation
	for _, list := range per {
		ops = append(ops, list...)
	}
	return ops, errors.Join(failed...)
}
