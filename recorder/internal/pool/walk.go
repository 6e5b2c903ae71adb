package pool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"lares/cameras/media"
)

// Found is one file in the clip folder. Clip is zero if its path is not that
// of a clip.
type Found struct {
	Path   string // below the pool's root
	Camera media.CameraID
	Clip   media.ClipID
}

// Walk calls f for every file in the clip folder but those that are the pool's own; it reads
// names alone.
func (p *Pool) Walk(ctx context.Context, f func(Found)) error {
	root, err := p.here()
	if err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), clips, func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile
			}
			return fmt.Errorf("pool: looking through the clip folder: %w", err)
		}
		if d.IsDir() {
			return p.step(Step{Op: OpList, Name: name}, func() error { return nil })
		}
		if name != MarkerName && name != probeName && name != clips+"/"+tryName {
			f(parse(name))
		}
		return nil
	})
}

// OpenFound opens a file where Walk found it, to read it; ErrNoFile where it found something else.
func (p *Pool) OpenFound(found Found) (f File, err error) {
	mode, err := p.mode(found.Path)
	if err == nil {
		f, err = p.openOnly(found.Path, mode, os.O_RDONLY)
	}
	if err != nil {
		return File{}, fmt.Errorf("pool: opening a clip: %w", err)
	}
	return f, nil
}

// Newest calls f for every file in the newest month of each camera, until it
// returns an error.
func (p *Pool) Newest(ctx context.Context, f func(Found) error) error {
	cameras, err := p.list(clips)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pool: looking through the clip folder: %w", err)
	}
	for _, camera := range cameras {
		months, err := p.list(path.Join(clips, camera.Name()))
		if err != nil || len(months) == 0 {
			continue // not a folder, or an empty one
		}
		month := path.Join(clips, camera.Name(), months[len(months)-1].Name())
		files, err := p.list(month)
		if err != nil {
			continue
		}
		for _, file := range files {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := f(parse(path.Join(month, file.Name()))); err != nil {
				return err
			}
		}
	}
	return nil
}

func parse(name string) Found {
	found := Found{Path: name}
	part := strings.Split(name, "/")
	if len(part) != 4 || !strings.HasSuffix(part[3], suffix) {
		return found
	}
	camera, err := media.ParseCameraID(part[1])
	if err != nil {
		return found
	}
	if _, err := time.Parse(monthForm, part[2]); err != nil {
		return found
	}
	clip, err := media.ParseClipID(strings.TrimSuffix(part[3], suffix))
	if err != nil {
		return found
	}
	found.Camera, found.Clip = camera, clip
	return found
}
