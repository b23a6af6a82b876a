package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Subscriptions are definitions: what would have to connect to the publisher fails as it does
// where there is none.

// noPublisher is why a connection to a publisher is not made.
const noPublisher = "this server makes no connections for logical replication"

// subscriptionOptions are those of a statement, with the defaults of the others.
type subscriptionOptions struct {
	given                                  map[string]bool
	connect, enabled, createSlot, copyData bool
	refresh                                bool
	lsn                                    uint64
}

// slotted are the options of CREATE and SET that the descriptor has.
const slotted = "slot_name synchronous_commit binary streaming disable_on_error"

// readSubscription reads options, of which those in a list are known; what the descriptor has
// is set in it.
func (s *Session) readSubscription(sub *catalog.Subscription, list []*ast.DefElem, known string) (*subscriptionOptions, error) {
	o := &subscriptionOptions{given: map[string]bool{}, connect: true, enabled: true, createSlot: true, copyData: true, refresh: true}
	bools := map[string]*bool{"connect": &o.connect, "enabled": &o.enabled, "create_slot": &o.createSlot, "copy_data": &o.copyData, "refresh": &o.refresh,
		"binary": &sub.Binary, "streaming": &sub.Streaming, "disable_on_error": &sub.DisableOnError}
	for i, e := range list {
		if !slices.Contains(strings.Fields(known), e.Name) {
			return nil, sqlerr.New(sqlerr.SyntaxError, `unrecognized subscription parameter: "%s"`, e.Name)
		}
		if err := onceOnly(list, i); err != nil {
			return nil, err
		}
		o.given[e.Name] = true
		if to := bools[e.Name]; to != nil {
			v, err := definitionBool(e)
			if err != nil {
				return nil, err
			}
			*to = v
			continue
		}
		if e.Name == "two_phase" {
			v, err := definitionBool(e)
			if err != nil {
				return nil, err
			}
			if sub.TwoPhase = 'd'; v {
				sub.TwoPhase = 'p'
			}
			continue
		}
		if e.Value == nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, "%s requires a parameter", e.Name)
		}
		if err := s.setSubscription(sub, o, e.Name, optionText(e)); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// setSubscription reads an option that has a text.
func (s *Session) setSubscription(sub *catalog.Subscription, o *subscriptionOptions, name, text string) (err error) {
	switch name {
	case "slot_name":
		if sub.Slot = ""; text != "none" {
			sub.Slot = text
			return slotName(text)
		}
	case "synchronous_commit":
		sub.SynchronousCommit = text
		_, err = s.Setting(&ast.VariableSetStmt{Name: name, Args: []ast.Expr{&ast.Const{Loc: -1, Kind: ast.ConstString, Text: text}}})
	case "lsn":
		if text == "none" {
			o.lsn = 0
			return nil
		}
		v, err := types.PGLSN.Input(text, types.NoTypmod, s.Env.Types)
		if err != nil {
			return err
		}
		if o.lsn = uint64(v.Int()); o.lsn == 0 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid WAL location (LSN): %s", text)
		}
	}
	return err
}

// slotName says whether a replication slot may have a name.
func slotName(name string) error {
	switch {
	case name == "":
		return sqlerr.New(sqlerr.InvalidName, `replication slot name "%s" is too short`, name)
	case len(name) >= 64:
		return sqlerr.New(sqlerr.NameTooLong, `replication slot name "%s" is too long`, name)
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
		return sqlerr.New(sqlerr.InvalidName, `replication slot name "%s" contains invalid character`, name).
			WithHint("Replication slot names may only contain lower case letters, numbers, and the underscore character.")
	}
	return nil
}

// settle looks for options of CREATE that exclude each other, and turns off what needs a
// connection where none is to be made.
func (o *subscriptionOptions) settle(slot string) error {
	exclusive := func(a, b string) error {
		return sqlerr.New(sqlerr.SyntaxError, "%s and %s are mutually exclusive options", a, b)
	}
	if !o.connect {
		switch {
		case o.enabled && o.given["enabled"]:
			return exclusive("connect = false", "enabled = true")
		case o.createSlot && o.given["create_slot"]:
			return exclusive("connect = false", "create_slot = true")
		case o.copyData && o.given["copy_data"]:
			return exclusive("connect = false", "copy_data = true")
		}
		o.enabled, o.createSlot, o.copyData = false, false, false
	}
	if slot != "" || !o.given["slot_name"] {
		return nil
	}
	also := func(b string) error {
		return sqlerr.New(sqlerr.SyntaxError, "subscription with %s must also set %s", "slot_name = NONE", b)
	}
	switch {
	case o.enabled && o.given["enabled"]:
		return exclusive("slot_name = NONE", "enabled = true")
	case o.enabled:
		return also("enabled = false")
	case o.createSlot && o.given["create_slot"]:
		return exclusive("slot_name = NONE", "create_slot = true")
	case o.createSlot:
		return also("create_slot = false")
	}
	return nil
}

// subscription runs CREATE and ALTER SUBSCRIPTION.
func (s *Session) subscription(ctx context.Context, st *ast.SubscriptionStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if st.Action != "" {
		return s.alterSubscription(st)
	}
	sub := &catalog.Subscription{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}, Connection: st.Connection, SynchronousCommit: "off", TwoPhase: 'd'}
	o, err := s.readSubscription(sub, st.Options, "connect enabled create_slot copy_data two_phase "+slotted)
	if err != nil {
		return err
	}
	if err := o.settle(sub.Slot); err != nil {
		return err
	}
	if o.createSlot {
		if err := s.OutsideBlock("CREATE SUBSCRIPTION ... WITH (create_slot = true)"); err != nil {
			return err
		}
	}
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create subscriptions")
	}
	if err := s.taken(sub, sub.Within, sub.Name); err != nil {
		return err
	}
	if sub.Enabled = o.enabled; !o.given["slot_name"] {
		sub.Slot = sub.Name
	}
	if err := checkConnection(sub.Connection); err != nil {
		return err
	}
	if err := distinctPublications(st.Publications); err != nil {
		return err
	}
	sub.Publications = st.Publications
	if o.connect {
		return unconnected(sub.Connection)
	}
	s.define(edit, sub)
	s.warn("tables were not subscribed, you will have to run %s to subscribe the tables", "ALTER SUBSCRIPTION ... REFRESH PUBLICATION")
	return nil
}

// unconnected is the error that there is no connection to a publisher.
func unconnected(connection string) error {
	why := noPublisher
	if port, ok := connectionPort(connection); !ok {
		why = `invalid port number: "` + port + `"`
	}
	return sqlerr.New(sqlerr.ConnectionFailure, "could not connect to the publisher: %s", why)
}

func distinctPublications(names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return sqlerr.New(sqlerr.DuplicateObject, `publication name "%s" used more than once`, name)
		}
	}
	return nil
}

func (s *Session) alterSubscription(st *ast.SubscriptionStmt) error {
	found, err := s.ownDefined("subscription", &ast.Name{Parts: []string{st.Name}}, "")
	if err != nil {
		return err
	}
	sub := found.Copy().(*catalog.Subscription)
	switch st.Action {
	case "options":
		o, err := s.readSubscription(sub, st.Options, slotted)
		if err != nil {
			return err
		}
		if o.given["slot_name"] && sub.Slot == "" && sub.Enabled {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cannot set %s for enabled subscription", "slot_name = NONE")
		}
	case "enable", "disable":
		sub.Enabled = st.Action == "enable"
		if sub.Enabled && sub.Slot == "" {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cannot enable subscription that does not have a slot name")
		}
	case "connection":
		sub.Connection = st.Connection
		if err := checkConnection(sub.Connection); err != nil {
			return err
		}
	case "skip":
		o, err := s.readSubscription(sub, st.Options, "lsn")
		if err != nil {
			return err
		}
		if !s.Role.Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to skip transaction")
		}
		sub.Skip = o.lsn
	case "refresh":
		if !sub.Enabled {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "ALTER SUBSCRIPTION ... REFRESH is not allowed for disabled subscriptions")
		}
		if _, err := s.readSubscription(sub, st.Options, "copy_data"); err != nil {
			return err
		}
		if err := s.OutsideBlock("ALTER SUBSCRIPTION ... REFRESH"); err != nil {
			return err
		}
		return unconnected(sub.Connection)
	default:
		if err := s.subscribedPublications(sub, st); err != nil {
			return err
		}
	}
	s.Tx.PutObject(sub)
	return nil
}

// subscribedPublications runs ALTER SUBSCRIPTION ... ADD, SET and DROP PUBLICATION.
func (s *Session) subscribedPublications(sub *catalog.Subscription, st *ast.SubscriptionStmt) error {
	o, err := s.readSubscription(sub, st.Options, "copy_data refresh")
	if err != nil {
		return err
	}
	list, hint := slices.Clone(sub.Publications), "Use ALTER SUBSCRIPTION ... "+upper(st.Action)+" PUBLICATION ... WITH (refresh = false) instead."
	if err := distinctPublications(st.Publications); err != nil {
		return err
	}
	if st.Action == "set" {
		list, hint = nil, "Use ALTER SUBSCRIPTION ... SET PUBLICATION ... WITH (refresh = false)."
	}
	for _, name := range st.Publications {
		at := slices.Index(list, name)
		switch {
		case st.Action == "drop" && at < 0:
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `publication "%s" is not in subscription "%s"`, name, sub.Name)
		case st.Action == "drop":
			list = slices.Delete(list, at, at+1)
		case at >= 0:
			return sqlerr.New(sqlerr.DuplicateObject, `publication "%s" is already in subscription "%s"`, name, sub.Name)
		default:
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "cannot drop all the publications from a subscription")
	}
	sub.Publications = list
	switch {
	case !o.refresh:
		return nil
	case !sub.Enabled:
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "ALTER SUBSCRIPTION with refresh is not allowed for disabled subscriptions").WithHint("%s", hint)
	}
	if err := s.OutsideBlock("ALTER SUBSCRIPTION with refresh"); err != nil {
		return err
	}
	return unconnected(sub.Connection)
}

// droppable says whether a subscription may go: one with a slot would have to drop that at
// the publisher.
func (s *Session) droppable(sub *catalog.Subscription) error {
	if sub.Slot == "" {
		return nil
	}
	if err := s.OutsideBlock("DROP SUBSCRIPTION"); err != nil {
		return err
	}
	return sqlerr.New(sqlerr.ConnectionFailure, `could not connect to publisher when attempting to drop replication slot "%s": %s`, sub.Slot, noPublisher).
		WithHint("Use %s to disable the subscription, and then use %s to disassociate it from the slot.", "ALTER SUBSCRIPTION ... DISABLE", "ALTER SUBSCRIPTION ... SET (slot_name = NONE)")
}
