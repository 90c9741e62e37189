package layout

import "polis/app/page"

// look is how one document is dressed: its size of print and its sender's
// colour.
type look struct {
	large        bool
	left, width  float64 // of the text on the page
	accent, tint page.Colour
	stripe       page.Colour // under every other row of a table
}

// The large print: 17 points for text, 14 for what is small, 12 for the foot.
const (
	largeMargin  = 40.0
	largeSpace   = 1.5  // spaces grow by this
	largeLeading = 0.96 // lines of large letters may be a little closer
)

// How much white is in a ground for text: a breath of the colour.
const (
	tintShare   = 0.915
	stripeShare = 0.96
)

func lookOf(doc page.Document) look {
	k := look{large: doc.Large, left: margin, accent: blue, tint: quiet, stripe: band}
	if doc.Large {
		k.left = largeMargin
	}
	k.width = pageWidth - 2*k.left
	if doc.Letterhead.Colour != 0 {
		k.accent = darkened(doc.Letterhead.Colour)
		k.tint, k.stripe = mixed(k.accent, white, tintShare), mixed(k.accent, white, stripeShare)
	}
	return k
}

// leastContrast is what text needs on white paper (WCAG AA).
const leastContrast = 4.5

// darkened is a colour in which text can be read on white.
func darkened(c page.Colour) page.Colour {
	for page.OnWhite(c) < leastContrast {
		c = mixed(c, 0, 0.04)
	}
	return c
}

// mixed is a colour with a share of another one.
func mixed(c, other page.Colour, share float64) page.Colour {
	part := func(shift int) page.Colour {
		a, b := float64(c>>shift&0xFF), float64(other>>shift&0xFF)
		return page.Colour(a+(b-a)*share) << shift
	}
	return part(16) | part(8) | part(0)
}

// space is a distance, more of it in large print.
func (k look) space(points float64) float64 {
	if k.large {
		return points * largeSpace
	}
	return points
}

// sized is a style in the size of print: what is small grows most, titles
// only a little.
func (k look) sized(st style) style {
	if !k.large {
		return st
	}
	size := 7.7 + 0.97*st.size
	if st.size < 9 {
		size = 2*st.size - 2
	}
	st.leading *= size / st.size * largeLeading
	st.size = size
	return st
}

func (k look) sansText(size, leading float64, colour page.Colour) style {
	return k.sized(sans(size, leading, colour))
}

func (k look) heavyText(face page.Face, size, leading float64, colour page.Colour) style {
	return k.sized(heavy(face, size, leading, colour))
}

func (k look) bodyText() style  { return k.sized(bodyStyle()) }
func (k look) smallText() style { return k.sized(smallStyle()) }
func (k look) cardText() style  { return k.sized(cardStyle()) }
func (k look) footText() style  { return k.sized(footStyle()) }
func (k look) leadText() style  { return k.sized(leadStyle()) }

func (k look) headText() style {
	st := k.sized(headStyle())
	st.colour = k.accent
	return st
}

func (k look) titleText(length int) style {
	st := k.sized(titleStyle(length))
	st.colour = k.accent
	return st
}
