package pdf

import (
	"bytes"
	"compress/zlib"
	"sync"
)

// zips keeps compressors between files. One has most of a megabyte of tables:
// to make it takes longer than to compress a sheet.
type zips struct{ thorough, hasty sync.Pool }

// quick is the first level that looks for what was said before: objects take
// two thirds of the bytes of BestSpeed.
const quick = 2

func (z *zips) compressed(data []byte, haste bool) []byte {
	pool, level := &z.thorough, zlib.DefaultCompression
	if haste {
		pool, level = &z.hasty, quick
	}
	w, ok := pool.Get().(*zlib.Writer)
	if !ok {
		w, _ = zlib.NewWriterLevel(nil, level) // both levels exist
	}
	b := bytes.NewBuffer(make([]byte, 0, len(data)/2+64))
	w.Reset(b)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	pool.Put(w)
	return b.Bytes()
}
