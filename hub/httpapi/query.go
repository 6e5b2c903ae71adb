package httpapi

import "slices"

// parameters are what the query of a route may hold; that of any other holds nothing.
var parameters = map[string][]string{
	"GET " + scopePath + "/events":       {"camera", "kind", "class", "zone", "text", "star", "since", "until", "before", "limit"},
	"GET " + scopePath + "/journal":      {"camera", "kind", "before", "limit"},
	"GET " + scopePath + "/journal/head": {"remembered"},
	"GET " + cameraPath + "/recordings":  {"from", "to", "after"},
	"GET " + cameraPath + "/export":      {"from", "to", "kind", "speed"},
	"GET " + cameraPath + "/gaps":        {"from", "to", "after"},
	"GET " + scopePath + "/timeline":     {"cameras", "from", "to", "buckets"},
	"GET " + cameraPath + "/seek":        {"at", "back", "not"},
	"GET " + scopePath + "/incident":     {"since", "until"},
	"DELETE " + lockdownPath:             {"scope"},
}

// knows refuses a query with a parameter that the route does not have, or twice the same, as
// strictly as a body: a mistyped one never shows everything, or does what was not meant. What is
// public answers the same bytes whatever is asked.
func (r route) knows(q *request) error {
	if r.policy == public {
		return nil
	}
	given := map[string]bool{}
	for key := range q.Context().QueryArgs().All() {
		name := string(key)
		if !slices.Contains(parameters[r.method+" "+r.path], name) {
			return badField(short(name), "There is no such parameter here.")
		}
		if given[name] {
			return badField(name, "This parameter is given twice.")
		}
		given[name] = true
	}
	return nil
}
