package journal

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestNoticeStaysUnread: what an account has not read is brought up to date by more of the same,
// and taken away by no other trouble: of another disk, with another state or cause, or of somebody
// else.
func TestNoticeStaysUnread(t *testing.T) {
	r := newRig(t)
	ann, door := store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	var want, got []string
	tell := func(kind NoticeKind, camera media.CameraID, times int64, detail map[string]any) {
		t.Helper()
		want = append(want, fmt.Sprint(kind, camera, times, detail))
		for range times {
			d := map[string]any{"count": int64(1)}
			maps.Copy(d, detail)
			r.clock.Advance(time.Second)
			r.must(r.Tell(t.Context(), Notice{Account: ann, Kind: kind, Camera: camera, Detail: d}))
		}
	}
	none := media.CameraID{}
	tell(NoticeDisk, none, 1, map[string]any{"state": "missing"})
	tell(NoticeDisk, none, 4, map[string]any{"state": "slow"})
	tell(NoticeDisk, none, 2, map[string]any{"state": "slow", "pool": "b"})
	tell(NoticeDatabase, none, 1, map[string]any{"state": "full"})
	tell(NoticeOffline, door, 2, map[string]any{"state": "unreachable"})
	tell(NoticeOffline, door, 1, map[string]any{"state": "frozen"})
	tell(NoticeStopped, door, 1, map[string]any{"cause": "disk"})
	tell(NoticeStopped, door, 2, map[string]any{"cause": "disk", "partly": true})
	tell(NoticeStopped, door, 1, map[string]any{"cause": "overload", "partly": true})
	tell(NoticeCrowded, none, 2, map[string]any{"account": "1", "name": "bob"})
	tell(NoticeCrowded, none, 1, map[string]any{"account": "2", "name": "carl"})
	tell(NoticeDamaged, door, 3, nil)
	list, err := r.Notices(t.Context(), ann)
	r.must(err)
	slices.Reverse(list)
	for _, n := range list {
		count := n.Detail["count"]
		delete(n.Detail, "count")
		got = append(got, fmt.Sprint(n.Kind, n.Camera, count, n.Detail))
	}
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
}
