package prove

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"sync/atomic"

	"lares/cameras/fakecam"
)

// id is an id or a mark in a text: 128 bits that an answer spells as 32
// lower-case hexadecimal digits.
type id [16]byte

func (i id) String() string { return hex.EncodeToString(i[:]) }

// markOf is what a camera's mark is in texts of one kind.
func markOf(kind, secret string) id {
	sum := sha256.Sum256([]byte(kind + "|" + secret))
	return id(sum[:16])
}

// camera is one fake camera and all it can be recognised by.
type camera struct {
	n, owner int // its place among all, its owner's place
	place    int // among its owner's
	secret   string
	fake     *fakecam.Camera

	picture [16]byte // the mark in every access unit and picture
	name    id       // how the hub calls it, spelled as digits
	class   string   // of what moves before it: sealed text of its events
	width   int      // of its pictures; no two cameras have the same size
	height  int
	paper   color.RGBA // of its pictures

	id    atomic.Pointer[id] // at the hub
	clips clips
}

const (
	owners     = 8
	perOwner   = 4
	allCameras = owners * perOwner
	// everyCamera counts the one that is handed around, too; see turnover_test.go.
	everyCamera = allCameras + 1
	fps         = 2
)

// newCamera is what camera n shows; the secret makes each run another one.
func newCamera(n int, run string) *camera {
	c := &camera{n: n, owner: n / perOwner, place: n % perOwner}
	c.secret = fmt.Sprintf("%s camera %d of account %d", run, c.place, c.owner)
	c.picture = fakecam.MarkName(c.secret)
	c.name = markOf("name", c.secret)
	c.class = classes[(c.owner+c.place)%len(classes)]
	const cell = 16
	c.width, c.height = 160+cell*c.owner, 96+cell*c.place
	c.paper = paperOf(c.owner%owners, c.place)
	return c
}

// classes are what the hub makes of a detector's name; no two cameras at the
// same place of accounts that lie side by side have the same.
var classes = []string{"person", "vehicle", "animal", "face", "package"}

// paperOf gives every camera a colour of its own: a hue by account, a
// brightness by place. All lie well inside what JPEG keeps apart.
func paperOf(owner, place int) color.RGBA {
	low, high := uint8(20+10*place), uint8(90+45*place)
	mid := low + (high-low)/2
	return [owners]color.RGBA{
		{high, low, low, 255}, {high, mid, low, 255}, {mid, high, low, 255}, {low, high, low, 255},
		{low, high, mid, 255}, {low, mid, high, 255}, {mid, low, high, 255}, {high, low, mid, 255},
	}[owner]
}

// at is the camera's id at the hub; zero before it was added.
func (c *camera) at() id {
	if p := c.id.Load(); p != nil {
		return *p
	}
	return id{}
}

// clip is what is known of one clip.
type clip struct {
	id, event id
	thumbnail bool
	preview   bool
	fragments int
	bytes     int64
}

// clips are the recordings of a camera, as its owner saw them.
type clips struct {
	mu   sync.RWMutex // guards following
	list []clip
	seen map[id]bool
}

// add keeps what is new and says whether it was.
func (c *clips) add(k clip) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[k.id] {
		return false
	}
	if c.seen == nil {
		c.seen = map[id]bool{}
	}
	c.seen[k.id] = true
	c.list = append(c.list, k)
	return true
}

// filmed notes that a clip has a preview: one that was being written when it became known
// had none yet.
func (c *clips) filmed(i id) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := range c.list {
		c.list[n].preview = c.list[n].preview || c.list[n].id == i
	}
}

func (c *clips) knows(i id) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.seen[i]
}

// pick is the clip that a number chooses.
func (c *clips) pick(n uint64) (clip, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(c.list) == 0 {
		return clip{}, false
	}
	return c.list[n%uint64(len(c.list))], true
}

func (c *clips) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.list)
}

// sized is the camera whose pictures have the size that an init segment names.
func (r *rig) sized(init []byte) *camera {
	// VisualSampleEntry (ISO/IEC 14496-12 §12.1.3.2): width and height stand 24
	// bytes behind the type.
	const behind = 4 + 24
	for _, entry := range []string{"avc1", "avc3", "hvc1", "hev1"} {
		at := bytes.Index(init, []byte(entry))
		// The brand of the file may have the same name.
		for at >= 0 && at+behind+4 <= len(init) {
			w, h := int(binary.BigEndian.Uint16(init[at+behind:])), int(binary.BigEndian.Uint16(init[at+behind+2:]))
			for _, c := range r.cameras {
				if c.width == w && c.height == h {
					return c
				}
			}
			next := bytes.Index(init[at+4:], []byte(entry))
			if next < 0 {
				break
			}
			at += 4 + next
		}
	}
	return nil
}

// shows reports whether a decoded picture is of the camera: size and colour.
func (c *camera) shows(picture []byte) error {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return fmt.Errorf("a picture that does not decode: %w", err)
	}
	if size := img.Bounds().Size(); size != image.Pt(c.width, c.height) {
		return fmt.Errorf("a picture of %v, want %d×%d", size, c.width, c.height)
	}
	if c.papered(img) < leastPaper {
		return fmt.Errorf("a picture without the paper of camera %d", c.n)
	}
	return nil
}

// little is the size of small pictures of the camera.
func (c *camera) little() image.Point {
	const width = 160
	return image.Pt(width, (c.height*width+c.width/2)/c.width)
}

// drawn is the camera that a picture shows which the hub drew, small or large.
func (r *rig) drawn(picture []byte) (*camera, error) {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("a picture that does not decode: %w", err)
	}
	size := img.Bounds().Size()
	var found *camera
	most := leastPaper
	for _, c := range append(slices.Clone(r.cameras), r.traveller) {
		if c == nil || size != c.little() && size != image.Pt(c.width, c.height) {
			continue
		}
		if part := c.papered(img); part >= most {
			found, most = c, part
		}
	}
	if found == nil {
		return nil, fmt.Errorf("a picture of %v that is no camera's", size)
	}
	return found, nil
}

// leastPaper is how much of the edges of a camera's picture is its paper at least.
const leastPaper = 1. / 3

// papered is which part of a picture's left and right edges, above the stripe at the bottom,
// is the camera's paper: text begins a cell further in. At one edge may be who walks by, half
// as high as the picture, and at the other the moving block, two cells high; their colours may
// be another camera's paper, and cover less of both.
func (c *camera) papered(img image.Image) float64 {
	const near = 40
	size, spots, paper := img.Bounds().Size(), 0, 0
	for y := 4; y <= c.height-28; y += 4 {
		for _, x := range [2]int{4, c.width - 5} {
			r, g, b, _ := img.At(x*size.X/c.width, y*size.Y/c.height).RGBA()
			far := 0
			for _, d := range [3]int{int(r>>8) - int(c.paper.R), int(g>>8) - int(c.paper.G), int(b>>8) - int(c.paper.B)} {
				far += d * d
			}
			if spots++; far < near*near/4 {
				paper++
			}
		}
	}
	return float64(paper) / float64(spots)
}
