package session

import (
	"maps"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// settings are the session's run-time parameters (PostgreSQL's GUCs): their
// text as SHOW prints it, and the decoded form of those that mean something.
type settings struct {
	// values and defaults have what differs from presets; values are what is now,
	// defaults what RESET returns to.
	values   map[string]string
	defaults map[string]string
	// local holds, for names changed by SET LOCAL, the value to return to.
	local map[string]string
	// marked: a mark holds values and local too, which are copied before they are
	// changed again.
	marked bool
	// reported is what the client was last told of the reported ones; told is
	// false when one of them may have changed since.
	reported map[string]string
	told     bool
	// generation grows with every change.
	generation uint64

	env               *types.Env
	statementTimeout  time.Duration
	lockTimeout       time.Duration
	application       string // application_name
	idleInTransaction time.Duration
	idleSession       time.Duration
	synchronousCommit bool
	replica           bool // session_replication_role
	// Whose rights are used, which end with a transaction as other settings do:
	// setRole is SET ROLE and impersonated is kalam.user, empty for none, and
	// authorization is SET SESSION AUTHORIZATION.
	setRole, impersonated, authorization string
	defaultIsolation                     tables.Isolation
	defaultReadOnly                      bool
	path                                 string   // search_path
	searchPath                           []string // its names
	rowSecurity                          bool
	strings                              parser.Strings // how '..' is read
	workMem                              int64          // bytes
	tempFileLimit                        int64          // bytes; negative is no bound
	spillAlways                          bool
}

// settingsMark is a state of the settings to return to.
type settingsMark struct{ values, local map[string]string }

// variable describes one setting.
type variable struct {
	name   string // as SHOW ALL and ParameterStatus spell it
	preset string
	// check validates a value and gives its canonical text.
	check func(name, value string) (string, error)
	// checkIn is check where the value depends on what is set already.
	checkIn func(s *settings, name, value string) (string, error)
	// report: the client is told of changes (GUC_REPORT).
	report   bool
	readOnly bool
	// unlisted: SHOW ALL and pg_settings leave it out.
	unlisted bool
	// superuser: only superusers may set it.
	superuser bool
	// context is pg_settings.context of one that PostgreSQL's documentation of settings has not.
	context string
	// apply decodes the value.
	apply func(s *settings, value string)
	help  string
}

// variables holds every setting by lower-case name, and presets its value to
// begin with.
var (
	variables = map[string]*variable{}
	presets   = map[string]string{}
)

// reportedOrder is the order of ParameterStatus at startup.
var reportedOrder = []string{
	"application_name", "client_encoding", "datestyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes",
	"intervalstyle", "is_superuser", "server_encoding", "server_version", "session_authorization", "standard_conforming_strings", "timezone",
}

func init() {
	for i := range variableTable {
		v := &variableTable[i]
		variables[strings.ToLower(v.name)], presets[strings.ToLower(v.name)] = v, v.preset
	}
	for i := range statementVariables {
		v := &statementVariables[i]
		variables[v.name], presets[v.name] = v, v.preset
	}
	for _, v := range acceptedSettings() {
		variables[strings.ToLower(v.name)], presets[strings.ToLower(v.name)] = v, v.preset
	}
	for _, name := range reportedOrder {
		variables[name].report = true
	}
}

func newSettings(overrides map[string]string) *settings {
	s := &settings{values: map[string]string{}, defaults: map[string]string{}, local: map[string]string{}, reported: map[string]string{}}
	env := *types.DefaultEnv
	s.env = &env
	for name, v := range variables {
		if value, ok := overrides[name]; ok {
			s.defaults[name] = value
			s.store(name, value)
		} else if v.apply != nil {
			v.apply(s, v.preset)
		}
	}
	return s
}

// lookup finds a setting's description; a name with a dot is a custom one.
func lookup(name string) (*variable, string, error) {
	key := strings.ToLower(name)
	if v := variables[key]; v != nil {
		return v, key, nil
	}
	if prefix, rest, ok := strings.Cut(key, "."); ok && prefix != "" && rest != "" && prefix != "kalam" {
		return &variable{name: name}, key, nil
	}
	return nil, key, sqlerr.New(sqlerr.UndefinedObject, `unrecognized configuration parameter "%s"`, name)
}

// value is a setting's text.
func (s *settings) value(key string) string {
	if value, ok := s.values[key]; ok {
		return value
	}
	return presets[key]
}

// change makes values and local safe to change.
func (s *settings) change() {
	if s.marked {
		s.values, s.local, s.marked = maps.Clone(s.values), maps.Clone(s.local), false
	}
}

// set changes a setting. local changes end with the transaction.
func (s *settings) set(name, value string, local bool) error {
	v, key, err := lookup(name)
	if err != nil {
		return err
	}
	if v.readOnly {
		return unchangeable(v.name, key)
	}
	if v.check != nil {
		if value, err = v.check(v.name, value); err != nil {
			return err
		}
	}
	if v.checkIn != nil {
		if value, err = v.checkIn(s, v.name, value); err != nil {
			return err
		}
	}
	s.assign(key, value, local)
	return nil
}

// assign keeps a value that has been checked.
func (s *settings) assign(key, value string, local bool) {
	s.change()
	if local {
		if _, ok := s.local[key]; !ok {
			s.local[key] = s.value(key)
		}
	} else {
		delete(s.local, key)
	}
	s.store(key, value)
}

// unchangeable is what is said of a setting that no statement changes.
func unchangeable(name, key string) error {
	when := ""
	context := ""
	if v := variables[key]; v != nil {
		context = v.context
	}
	if note := settingNotes()[key]; note != nil {
		context = note[5]
	}
	switch context {
	case "sighup":
		when = " now"
	case "postmaster":
		when = " without restarting the server"
	}
	return sqlerr.New(sqlerr.CantChangeRuntimeParam, `parameter "%s" cannot be changed%s`, name, when)
}

// reset returns a setting to its default.
func (s *settings) reset(name string, local bool) error {
	v, key, err := lookup(name)
	if err != nil {
		return err
	}
	if v.readOnly {
		return sqlerr.New(sqlerr.CantChangeRuntimeParam, `parameter "%s" cannot be changed`, v.name)
	}
	return s.set(key, s.preset(key), local)
}

// preset is what RESET returns a setting to.
func (s *settings) preset(key string) string {
	if value, ok := s.defaults[key]; ok {
		return value
	}
	return presets[key]
}

func (s *settings) resetAll() {
	s.change()
	for key := range s.values {
		if key == settingRole || key == settingAuthorization {
			continue // as in PostgreSQL
		}
		v := variables[key]
		if _, ok := s.defaults[key]; v == nil && !ok {
			delete(s.values, key)
			s.apply(key, "")
		} else if v == nil || !v.readOnly {
			s.store(key, s.preset(key))
		}
	}
	maps.DeleteFunc(s.local, func(key, _ string) bool { return key != settingRole && key != settingAuthorization })
}

// The settings that say whose rights are used.
const (
	settingRole          = "role"
	settingAuthorization = "session_authorization"
	settingUser          = "kalam.user"
)

// store keeps a checked value and decodes it.
func (s *settings) store(key, value string) {
	s.change()
	s.values[key] = value
	s.apply(key, value)
}

// apply decodes a value that has been kept.
func (s *settings) apply(key, value string) {
	s.told = false
	s.generation++
	switch key {
	case settingRole:
		s.setRole = value
	case settingAuthorization:
		s.authorization = value
	case settingUser:
		s.impersonated = value
	}
	if v := variables[key]; v != nil && v.apply != nil {
		v.apply(s, value)
	}
}

// get gives a setting's text as SHOW prints it.
func (s *settings) get(name string) (string, bool) {
	key := strings.ToLower(name)
	if value, ok := s.values[key]; ok {
		return value, true
	}
	value, ok := presets[key]
	return value, ok
}

// custom gives the settings that are set and no parameters of the server's: those
// with a dot in their names.
func (s *settings) custom() map[string]string {
	out := map[string]string{}
	for key, value := range s.values {
		if strings.Contains(key, ".") && key != settingUser {
			out[key] = value
		}
	}
	return out
}

// names lists the settings, sorted as SHOW ALL does.
func (s *settings) names() []string {
	var names []string
	for _, v := range variables {
		if !v.unlisted {
			names = append(names, v.name)
		}
	}
	sort.Slice(names, func(i, j int) bool { return strings.ToLower(names[i]) < strings.ToLower(names[j]) })
	return names
}

// mark remembers the settings for a rollback.
func (s *settings) mark() settingsMark {
	s.marked = true
	return settingsMark{values: s.values, local: s.local}
}

// restore returns to a mark.
func (s *settings) restore(m settingsMark) {
	now := s.values
	s.values, s.local, s.marked = m.values, m.local, true
	for key, value := range now {
		if was := s.value(key); was != value {
			s.apply(key, was)
		}
	}
	for key, value := range m.values {
		if _, ok := now[key]; !ok {
			s.apply(key, value)
		}
	}
}

// endTransaction undoes SET LOCAL, and after a rollback everything since m.
func (s *settings) endTransaction(m settingsMark, committed bool) {
	if !committed {
		s.restore(m)
	}
	if len(s.local) == 0 {
		return
	}
	s.change()
	for key, value := range s.local {
		s.store(key, value)
	}
	clear(s.local)
}

// changed gives the reported settings whose value the client has not been
// told.
func (s *settings) changed() []ParameterStatus {
	if s.told {
		return nil
	}
	s.told = true
	var out []ParameterStatus
	for _, key := range reportedOrder {
		if value := s.value(key); s.reported[key] != value {
			s.reported[key] = value
			out = append(out, ParameterStatus{variables[key].name, value})
		}
	}
	return out
}

// ParameterStatuses gives what a client is told at startup.
func (s *Session) ParameterStatuses() []ParameterStatus {
	clear(s.settings.reported)
	out := make([]ParameterStatus, 0, len(reportedOrder))
	for _, key := range reportedOrder {
		s.settings.reported[key] = s.settings.value(key)
		out = append(out, ParameterStatus{variables[key].name, s.settings.value(key)})
	}
	return out
}

// ChangedParameters gives the reported settings that have changed since the
// client was last told. In a failed block there are none: what was set in it will
// not have been.
func (s *Session) ChangedParameters() []ParameterStatus {
	if s.tx.failed {
		return nil
	}
	if as := s.settings.impersonated + "\x00" + s.settings.setRole + "\x00" + s.settings.authorization; as != s.statusOf {
		s.statusOf = as
		if super := onOff(s.role().Superuser); super != s.settings.value("is_superuser") {
			s.settings.fix("is_superuser", super)
			s.settings.told = false
		}
	}
	return s.settings.changed()
}

// applyStartup applies the settings of the database, the role, the role in the
// database and the startup packet, in that order; the result is what RESET returns to.
func (s *Session) applyStartup(db *catalog.Database, role *catalog.Role) error {
	s.settings.fix("is_superuser", onOff(role.Superuser))
	s.settings.fix(settingAuthorization, s.start.User)
	for _, layer := range []map[string]string{db.Settings, role.Settings, db.RoleSettings[role.OID], s.start.Settings} {
		for name, value := range layer {
			if err := s.settings.set(name, value, false); err != nil {
				return err
			}
		}
	}
	s.settings.defaults = maps.Clone(s.settings.values)
	return nil
}

// fix gives a read-only setting its value.
func (s *settings) fix(key, value string) {
	s.change()
	s.values[key] = value
	s.defaults[key] = value
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func invalidValue(name, value string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value)
}

// checkWithOids is checkBool of what can be false only.
func checkWithOids(name, value string) (string, error) {
	text, err := checkBool(name, value)
	if err == nil && text == "on" {
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "tables declared WITH OIDS are not supported")
	}
	return text, err
}

// checkBool accepts what PostgreSQL's parse_bool does.
func checkBool(name, value string) (string, error) {
	if b, ok := parseBool(value); ok {
		if b {
			return "on", nil
		}
		return "off", nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, `parameter "%s" requires a Boolean value`, name)
}

// parseBool accepts unique prefixes of true, false, yes, no, and on, off, 1, 0.
func parseBool(value string) (b, ok bool) {
	v := strings.ToLower(strings.TrimSpace(value))
	switch {
	case v == "":
		return false, false
	case strings.HasPrefix("true", v), strings.HasPrefix("yes", v), v == "on", v == "1":
		return true, true
	case strings.HasPrefix("false", v), strings.HasPrefix("no", v), v == "off", v == "of", v == "0":
		return false, true
	}
	return false, false
}

// oneOf makes a check for an enumerated setting.
func oneOf(words ...string) func(string, string) (string, error) {
	return func(name, value string) (string, error) {
		for _, w := range words {
			if strings.EqualFold(w, value) {
				return w, nil
			}
		}
		return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).
			WithHint("Available values: %s.", strings.Join(words, ", "))
	}
}

// between makes a check for an integer setting.
func between(low, high int64) func(string, string) (string, error) {
	return func(name, value string) (string, error) {
		n, err := strconv.ParseInt(strings.TrimSpace(value), 0, 64)
		if err != nil {
			f, ferr := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if ferr != nil {
				return "", invalidValue(name, value)
			}
			n = int64(f)
		}
		if n < low || n > high {
			return "", sqlerr.New(sqlerr.InvalidParameterValue, `%d is outside the valid range for parameter "%s" (%d .. %d)`, n, name, low, high)
		}
		return strconv.FormatInt(n, 10), nil
	}
}

// checkDuration accepts a number of milliseconds or a number with a unit, and
// prints the largest unit that divides it.
func checkDuration(name, value string) (string, error) {
	d, ok := parseDuration(value)
	if !ok {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).
			WithHint(`Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`)
	}
	if d < 0 || d > (1<<31-1)*time.Millisecond {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, `%d ms is outside the valid range for parameter "%s" (0 .. 2147483647)`, d.Milliseconds(), name)
	}
	return formatDuration(d), nil
}

func parseDuration(value string) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || value[end] == '.' || value[end] == '-' || value[end] == '+') {
		end++
	}
	n, err := strconv.ParseFloat(value[:end], 64)
	if err != nil {
		return 0, false
	}
	unit, ok := map[string]time.Duration{"": time.Millisecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[strings.TrimSpace(value[end:])]
	return time.Duration(n * float64(unit)), ok
}

func formatDuration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}
