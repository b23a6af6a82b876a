package expr

import "github.com/kalamsql/kalamsql/sql/types"

// The functions that estimate how much an operator selects are there to be named by CREATE
// OPERATOR; nobody can call them.

// RestrictionEstimators are those of conditions on one relation, and JoinEstimators those of
// joins, by name.
var RestrictionEstimators = map[string]types.OID{
	"eqsel": 101, "neqsel": 102, "scalarltsel": 103, "scalargtsel": 104, "areasel": 139, "scalarlesel": 336,
	"scalargesel": 337, "positionsel": 1300, "contsel": 1302, "iclikesel": 1814, "icnlikesel": 1815,
	"regexeqsel": 1818, "likesel": 1819, "icregexeqsel": 1820, "regexnesel": 1821, "nlikesel": 1822,
	"icregexnesel": 1823, "rangesel": 3169, "prefixsel": 3437, "networksel": 3560, "tsmatchsel": 3686,
	"arraycontsel": 3817, "multirangesel": 4243, "matchingsel": 5040,
}

// JoinEstimators are described at RestrictionEstimators.
var JoinEstimators = map[string]types.OID{
	"eqjoinsel": 105, "neqjoinsel": 106, "scalarltjoinsel": 107, "scalargtjoinsel": 108, "areajoinsel": 140,
	"scalarlejoinsel": 386, "scalargejoinsel": 398, "positionjoinsel": 1301, "contjoinsel": 1303,
	"iclikejoinsel": 1816, "icnlikejoinsel": 1817, "regexeqjoinsel": 1824, "likejoinsel": 1825,
	"icregexeqjoinsel": 1826, "regexnejoinsel": 1827, "nlikejoinsel": 1828, "icregexnejoinsel": 1829,
	"prefixjoinsel": 3438, "networkjoinsel": 3561, "tsmatchjoinsel": 3687, "arraycontjoinsel": 3818,
	"matchingjoinsel": 5041,
}
