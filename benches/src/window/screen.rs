//! The screen from outside: keys pressed at the display server, and when its pixels changed.

use std::{
    collections::HashMap,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::{
        Event,
        damage::{self, ConnectionExt as _, ReportLevel},
        xproto::{ConnectionExt as _, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Window},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

/// How often it is looked whether the server has said something; what is measured is that much too long at most.
const LOOK_EVERY: Duration = Duration::from_micros(300);

/// Keysyms of letters are their codes; this is the key that sends.
pub(super) const ENTER: u32 = 0xff0d;

/// Bytes of a pixel as the server hands them out.
const PIXEL: usize = 4;

/// A rectangle of the screen, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: i16,
    pub(super) y: i16,
    pub(super) width: u16,
    pub(super) height: u16,
}

/// What an area showed, and when it was first seen.
pub(super) struct Picture {
    pub(super) at: Instant,
    area: Area,
    pixels: Vec<u8>,
}

/// A display, its keys and what is drawn on it.
pub(super) struct Screen {
    server: RustConnection,
    root: Window,
    damage: damage::Damage,
    keys: HashMap<u32, u8>,
}

impl Screen {
    /// Connects to the display of this name.
    pub(super) fn open(display: &str) -> Result<Self> {
        let (server, number) = x11rb::connect(Some(display))?;
        let root = server.setup().roots[number].root;
        server
            .extension_information(damage::X11_EXTENSION_NAME)?
            .context("the display server does not say when something is drawn")?;
        server.damage_query_version(1, 1)?.reply()?;
        let damage = server.generate_id()?;
        server.damage_create(damage, root, ReportLevel::NON_EMPTY)?;
        let keys = keys(&server)?;
        Ok(Self {
            server,
            root,
            damage,
            keys,
        })
    }

    /// The window that has the keys: where it is and how large, without its frame.
    pub(super) fn active_window(&self) -> Result<Area> {
        let atom = self.server.intern_atom(false, b"_NET_ACTIVE_WINDOW")?;
        let atom = atom.reply()?.atom;
        let any = x11rb::protocol::xproto::AtomEnum::ANY;
        let active = self
            .server
            .get_property(false, self.root, atom, any, 0, 1)?
            .reply()?;
        let window = active.value32().and_then(|mut all| all.next());
        let window = window
            .filter(|window| *window != x11rb::NONE)
            .context("no window has the keys")?;
        let size = self.server.get_geometry(window)?.reply()?;
        let place = self
            .server
            .translate_coordinates(window, self.root, 0, 0)?
            .reply()?;
        Ok(Area {
            x: place.dst_x,
            y: place.dst_y,
            width: size.width,
            height: size.height,
        })
    }

    /// Presses and releases a key. Answers when it began.
    pub(super) fn press(&self, key: u32) -> Result<Instant> {
        let code = *self.keys.get(&key).context("the keyboard has the key")?;
        let at = Instant::now();
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            self.server
                .xtest_fake_input(kind, code, 0, self.root, 0, 0, 0)?;
        }
        self.server.flush()?;
        Ok(at)
    }

    /// What an area shows now.
    pub(super) fn picture(&self, area: Area) -> Result<Picture> {
        let at = Instant::now();
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        let image = self
            .server
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?
            .reply()?;
        ensure!(
            image.data.len() == usize::from(width) * usize::from(height) * PIXEL,
            "the screen has no pixels of {PIXEL} bytes"
        );
        let pixels = image.data;
        Ok(Picture { at, area, pixels })
    }

    /// Forgets what was drawn so far. In this order: the server tells of what comes after it was asked to forget, and
    /// tells it once until it is asked again.
    pub(super) fn forget(&self) -> Result<()> {
        while self.server.poll_for_event()?.is_some() {}
        self.server
            .damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
        // Looking for events sends nothing: what stays in the buffer here leaves the server silent.
        self.server.flush()?;
        Ok(())
    }

    /// What an area shows whenever something was drawn anywhere, until `enough` says so or time is up. Whether it was
    /// enough.
    pub(super) fn follow(
        &self,
        area: Area,
        until: Instant,
        mut enough: impl FnMut(Picture) -> bool,
    ) -> Result<bool> {
        while Instant::now() < until {
            match self.server.poll_for_event()? {
                Some(Event::DamageNotify(_)) => {
                    self.server
                        .damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
                    if enough(self.picture(area)?) {
                        return Ok(true);
                    }
                }
                Some(_) => {}
                None => thread::sleep(LOOK_EVERY),
            }
        }
        Ok(false)
    }
}

impl Picture {
    /// Whether both show the same.
    pub(super) fn shows(&self, other: &Self) -> bool {
        self.pixels == other.pixels
    }

    /// Whether both show the same in these rows of the screen.
    pub(super) fn shows_in(&self, other: &Self, top: i16, bottom: i16) -> bool {
        let rows = self.rows(top, bottom);
        self.pixels.get(rows.clone()) == other.pixels.get(rows)
    }

    /// Whether these rows have a single colour.
    pub(super) fn is_plain_in(&self, top: i16, bottom: i16) -> bool {
        let mut pixels = self.pixels_in(top, bottom);
        let first = pixels.next();
        pixels.all(|pixel| Some(pixel) == first)
    }

    /// How much of what stands out from `other`'s commonest colour in these rows is here already, from 0 to 1.
    pub(super) fn share_of(&self, other: &Self, top: i16, bottom: i16) -> f64 {
        let mut counts: HashMap<&[u8], usize> = HashMap::new();
        for pixel in other.pixels_in(top, bottom) {
            *counts.entry(pixel).or_default() += 1;
        }
        let ground = counts.into_iter().max_by_key(|(_, count)| *count);
        let ground = ground.map(|(pixel, _)| pixel);
        let both = self
            .pixels_in(top, bottom)
            .zip(other.pixels_in(top, bottom));
        let standing = both.filter(|(_, there)| Some(*there) != ground);
        let (mut all, mut same) = (0_usize, 0_usize);
        for (here, there) in standing {
            all += 1;
            same += usize::from(here == there);
        }
        if all == 0 {
            0.0
        } else {
            same as f64 / all as f64
        }
    }

    fn pixels_in(&self, top: i16, bottom: i16) -> impl Iterator<Item = &[u8]> {
        let rows = self.pixels.get(self.rows(top, bottom));
        rows.unwrap_or_default().chunks_exact(PIXEL)
    }

    fn rows(&self, top: i16, bottom: i16) -> std::ops::Range<usize> {
        let row = usize::from(self.area.width) * PIXEL;
        let of = |y: i16| usize::try_from(y - self.area.y).unwrap_or(0) * row;
        of(top)..of(bottom).min(self.pixels.len()).max(of(top))
    }
}

/// The keys that need no other key held down.
fn keys(server: &RustConnection) -> Result<HashMap<u32, u8>> {
    let (from, to) = (server.setup().min_keycode, server.setup().max_keycode);
    let mapping = server.get_keyboard_mapping(from, to - from + 1)?.reply()?;
    let each = usize::from(mapping.keysyms_per_keycode);
    let plain = mapping.keysyms.chunks(each).zip(from..=to);
    Ok(plain
        .filter_map(|(symbols, code)| Some((*symbols.first()?, code)))
        .collect())
}
