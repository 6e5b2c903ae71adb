package httpapi

import (
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// partCells is what somebody gets of a route on the owner's camera and clip with whom
// one action is shared and no other. The columns: turning it; managing it.
type partCells struct{ ptz, manage int }

// partsWritten lists every route that names a camera, or what one recorded: an action
// opens what is its own, and shows that the camera is there.
var partsWritten = map[string]partCells{
	"GET /s/:scope/api/cameras/:camera": {200, 200},

	"GET /s/:scope/api/cameras/:camera/ptz":              {200, 404},
	"POST /s/:scope/api/cameras/:camera/ptz":             {204, 404},
	"GET /s/:scope/api/cameras/:camera/imaging":          {404, 200},
	"PUT /s/:scope/api/cameras/:camera/imaging":          {404, 400}, // nothing to change
	"GET /s/:scope/api/cameras/:camera/outputs":          {404, 200},
	"POST /s/:scope/api/cameras/:camera/outputs/:output": {404, 404}, // an output that never was
	"POST /s/:scope/api/cameras/:camera/reboot":          {404, 400}, // with what it does not take
	"POST /s/:scope/api/cameras/:camera/trigger":         {404, 202},
	"PUT /s/:scope/api/cameras/:camera/privacy":          {404, 204},
	"PUT /s/:scope/api/cameras/:camera/privacy/times":    {404, 204},
	"PUT /s/:scope/api/cameras/:camera/event-rule":       {404, 204},
	"PUT /s/:scope/api/cameras/:camera/recording-plan":   {404, 204},
	"GET /s/:scope/api/cameras/:camera/retention":        {404, 200},
	"PUT /s/:scope/api/cameras/:camera/pool":             {404, 204},
	"GET /s/:scope/api/cameras/:camera/motion":           {404, 200},
	"GET /s/:scope/api/cameras/:camera/sound":            {404, 200},
	"PUT /s/:scope/api/cameras/:camera/motion":           {404, 204},
	"PUT /s/:scope/api/cameras/:camera/sound":            {404, 204},
	"GET /s/:scope/api/cameras/:camera/motion/heat":      {404, 404}, // needs live as well
	"PUT /s/:scope/api/cameras/:camera/name":             {404, 204},
	"GET /s/:scope/api/cameras/:camera/talk":             {404, 404},

	// For its owner alone.
	"PUT /s/:scope/api/cameras/:camera/retention":                {404, 404},
	"POST /s/:scope/api/cameras/:camera/retention/preview":       {404, 404},
	"GET /s/:scope/api/cameras/:camera/access":                   {404, 404},
	"PUT /s/:scope/api/cameras/:camera/access":                   {404, 404}, // whatever is wrong with it
	"PUT /s/:scope/api/cameras/:camera/device":                   {404, 404},
	"PUT /s/:scope/api/cameras/:camera/elsewhere":                {404, 404},
	"GET /s/:scope/api/cameras/:camera/detector":                 {404, 404},
	"PUT /s/:scope/api/cameras/:camera/detector":                 {404, 404},
	"DELETE /s/:scope/api/cameras/:camera/detector":              {404, 404},
	"POST /s/:scope/api/cameras/:camera/detector/try":            {404, 404},
	"GET /s/:scope/api/cameras/:camera/grants":                   {404, 404},
	"PUT /s/:scope/api/cameras/:camera/grants/:account":          {404, 404},
	"DELETE /s/:scope/api/cameras/:camera/grants/:account":       {404, 404},
	"POST /s/:scope/api/cameras/:camera/grants/:account/confirm": {404, 404},
	"POST /s/:scope/api/cameras/:camera/transfer":                {404, 404},
	"DELETE /s/:scope/api/cameras/:camera":                       {404, 404},

	"GET /s/:scope/api/cameras/:camera/recordings":      {404, 404},
	"GET /s/:scope/api/cameras/:camera/gaps":            {404, 404},
	"GET /s/:scope/api/cameras/:camera/seek":            {404, 404},
	"GET /s/:scope/api/cameras/:camera/export":          {404, 404},
	"POST /s/:scope/api/cameras/:camera/export":         {404, 404},
	"GET /s/:scope/api/clips/:clip":                     {404, 404},
	"GET /s/:scope/api/clips/:clip/clip.mp4":            {404, 404},
	"GET /s/:scope/api/clips/:clip/init":                {404, 404},
	"GET /s/:scope/api/clips/:clip/fragments/:fragment": {404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail":           {404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail/small":     {404, 404},
	"GET /s/:scope/api/clips/:clip/preview":             {404, 404},
	"POST /s/:scope/api/clips/:clip/download":           {404, 404},
	"GET /d/:download":                                  {404, 404},
	"POST /s/:scope/api/clips/:clip/links/new/:nonce":   {404, 404},

	"GET /s/:scope/api/events/:event":           {404, 404},
	"POST /s/:scope/api/events/:event/evidence": {404, 404},
	"DELETE /s/:scope/api/events/:event":        {404, 404},
	"GET /s/:scope/api/events/:event/ignoring":  {404, 404}, // needs history as well
	"PUT /s/:scope/api/events/:event/star":      {404, 404},
	"DELETE /s/:scope/api/events/:event/star":   {404, 404},
}

// TestMatrixOfParts asks every route that names a camera as somebody with one action.
func TestMatrixOfParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, ptz, manage := r.person("alice"), r.person("bob"), r.person("carol")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := owner.filmed(cam)
	r.grant(owner, cam, ptz, gate.PTZ)
	r.grant(owner, cam, manage, gate.Manage)
	absent := shape(t, owner.do("GET", "/nothing/here", nil))
	asked := 0
	for _, x := range routes() {
		if !strings.Contains(x.path, ":camera") && !strings.Contains(x.path, ":clip") && !strings.Contains(x.path, ":event") && x.policy != download {
			continue
		}
		asked++
		name := x.method + " " + x.path
		want, ok := partsWritten[name]
		if !ok {
			t.Errorf("%s is not written", name)
			continue
		}
		for _, c := range []struct {
			role string
			who  *person
			want int
		}{{"ptz", ptz, want.ptz}, {"manage", manage, want.manage}} {
			answer := c.who.do(x.method, fillPath(t, x, c.who, owner, cam, clip), orNil(bodies[name]))
			if answer.StatusCode != c.want {
				t.Errorf("%s with %s: %s, want %d: %.200s", name, c.role, answer.Status, c.want, bodyOf(t, answer))
			}
			if answer.StatusCode == 404 && shape(t, answer) != absent {
				t.Errorf("%s with %s: the 404 differs from an unknown path's:\n%s\n%s", name, c.role, shape(t, answer), absent)
			}
			checkPrivate(t, x, c.role, c.who, answer)
		}
	}
	if asked != len(partsWritten) {
		t.Errorf("%d routes, %d are written", asked, len(partsWritten))
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}
