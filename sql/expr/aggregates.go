package expr

// strictAggregates skip input rows in which an argument is NULL. PostgreSQL
// keeps this in the transition function; here it is the aggregate's.
var strictAggregates = map[string]bool{}
