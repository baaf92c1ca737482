//! Whoever can be asked: one behind an API, or one that comes some other way. What is asked and answered is the same.

use std::fmt;
use std::sync::Arc;

use ampersand_core::Failure;
use futures::{StreamExt, stream::BoxStream};

use crate::{Delta, Model, Request};

/// An answer as it arrives. It ends after [`Delta::Done`] or after the first error; dropping it gives it up.
pub type Answer<'a> = BoxStream<'a, Result<Delta, Failure>>;

/// A model, wherever it is.
pub trait Mind: fmt::Debug + Send + Sync {
    /// Its name, as a person sees it.
    fn name(&self) -> &str;

    /// Begins to talk: about one thing, until it is dropped.
    fn talk(self: Arc<Self>) -> Box<dyn Talk>;
}

/// One matter talked over with a model.
pub trait Talk: fmt::Debug + Send {
    /// Asks. Every request after the first is the one before with its answer and the results of that answer's calls at the
    /// end, and only once that answer is whole.
    fn ask<'a>(&'a mut self, request: &Request) -> Answer<'a>;

    /// How often the model was asked so far: an answer may come in pieces, where calls are handed on one by one.
    fn asked(&self) -> usize;
}

/// A model behind an API, which is told everything each time.
#[derive(Debug)]
struct Told {
    model: Arc<Model>,
    asked: usize,
}

impl Mind for Model {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn talk(self: Arc<Self>) -> Box<dyn Talk> {
        Box::new(Told {
            model: self,
            asked: 0,
        })
    }
}

impl Talk for Told {
    fn ask<'a>(&'a mut self, request: &Request) -> Answer<'a> {
        self.asked += 1;
        let answer = self.model.stream(request);
        answer
            .map(|delta| delta.map_err(|error| Failure::from(&error)))
            .boxed()
    }

    fn asked(&self) -> usize {
        self.asked
    }
}
