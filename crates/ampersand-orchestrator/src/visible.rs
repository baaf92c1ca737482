//! Text that agents and programs wrote, made safe to show: nothing in it is invisible or commands a terminal.

/// One line with what hides written out.
pub(crate) use ampersand_core::visible_line as visible;
