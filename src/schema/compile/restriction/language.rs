//! Whether one content model takes nothing that another one does not take, by the steps that both can
//! take (Antimirov's partial derivatives). Start at [`compare`].

use std::rc::Rc;

use super::*;

/// Most work of one comparison: steps of the one model held against steps of the other, and parts copied.
/// It is some tenths of a second; models of some hundred parts and counts need less.
const WORK_MAX: usize = 1_000_000;

/// Most expressions that one comparison may meet. Two counts of 9,999 side by side meet 20,000.
const EXPRESSIONS_MAX: usize = 100_000;

/// What a content model lets through that its base does not.
pub(super) enum Breach {
    /// An element, and why where the base has one of that name.
    Element(NameId, Option<&'static str>),
    /// What falls under a wildcard.
    Wildcard,
    /// An end where the base demands more: one of these elements, or what falls under a wildcard.
    Missing(Vec<NameId>),
    /// It was not found out in so many steps.
    Undecided(usize),
}

/// Compares two simplified content models; `None` is empty content.
pub(super) fn compare(
    own: Option<&Particle>,
    base: Option<&Particle>,
    known: Known<'_>,
) -> Result<(), Breach> {
    let mut own_side = Side::new();
    let mut base_side = Side::new();
    let start = own_side.start(own)?;
    let base_start = base_side.start(base)?;
    let first = (start, vec![base_start]);
    let mut seen = HashSet::from([first.clone()]);
    let mut open = vec![first];
    let mut work = 0_usize;
    while let Some((state, others)) = open.pop() {
        if own_side.is_nullable(state) && !others.iter().any(|other| base_side.is_nullable(*other))
        {
            return Err(Breach::Missing(base_side.demanded(&others, known)?));
        }
        let steps = own_side.steps(state)?;
        let mut answers = Vec::new();
        for other in &others {
            answers.extend_from_slice(&base_side.steps(*other)?);
        }
        for (leaf, next) in steps.iter() {
            work += answers.len() + others.len() + 1;
            if work > WORK_MAX {
                return Err(Breach::Undecided(WORK_MAX));
            }
            if own_side.is_dead(*next) {
                continue;
            }
            let mut reached = taken(*leaf, &answers, known)?;
            reached.sort_unstable();
            reached.dedup();
            let pair = (*next, reached);
            if seen.insert(pair.clone()) {
                open.push(pair);
            }
        }
    }
    Ok(())
}

/// Where the base may stand after it took a leaf.
fn taken(leaf: Leaf<'_>, answers: &[Step<'_>], known: Known<'_>) -> Result<Vec<usize>, Breach> {
    let mut reached = Vec::new();
    match leaf {
        Leaf::Element(own) => {
            let name = known.elements[own].name;
            let mut why = None;
            for (answer, next) in answers {
                if let Leaf::Element(other) = answer
                    && known.elements[*other].name == name
                {
                    match known.element_narrows(own, *other) {
                        Ok(()) => reached.push(*next),
                        Err(reason) => why = Some(reason),
                    }
                }
            }
            if reached.is_empty() && why.is_none() {
                for (answer, next) in answers {
                    if let Leaf::Any(wildcard) = answer
                        && known.takes(wildcard, own)
                    {
                        reached.push(*next);
                    }
                }
            }
            if reached.is_empty() {
                return Err(Breach::Element(name, why));
            }
        }
        Leaf::Any(own) => {
            for (answer, next) in answers {
                if let Leaf::Any(wildcard) = answer
                    && own.restricts(wildcard)
                {
                    reached.push(*next);
                }
            }
            if reached.is_empty() {
                return Err(Breach::Wildcard);
            }
        }
    }
    Ok(reached)
}

#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Shape {
    /// Nothing satisfies it.
    Dead,
    /// Nothing at all.
    End,
    Leaf(usize),
    /// The one, then the other, which is no `End`.
    Then(usize, usize),
    /// One of the options of that number.
    Choice(usize),
    /// All of the options of that number, in any order.
    All(usize),
    /// The one, so often.
    Times(usize, u32, Option<u32>),
}

#[derive(Clone, Copy)]
enum Leaf<'p> {
    Any(&'p Wildcard),
    Element(ElementId),
}

/// The leaf that is taken, and what must follow.
type Step<'p> = (Leaf<'p>, usize);

/// The expressions of one of the two models; equal ones have one number.
struct Side<'p> {
    leaves: Vec<Leaf<'p>>,
    options: Vec<Vec<usize>>,
    by_options: HashMap<Vec<usize>, usize>,
    shapes: Vec<(Shape, bool)>,
    by_shape: HashMap<Shape, usize>,
    steps: HashMap<usize, Rc<[Step<'p>]>>,
    work: usize,
}

const DEAD: usize = 0;
const END: usize = 1;

impl<'p> Side<'p> {
    fn new() -> Self {
        Self {
            leaves: Vec::new(),
            options: Vec::new(),
            by_options: HashMap::new(),
            shapes: vec![(Shape::Dead, false), (Shape::End, true)],
            by_shape: HashMap::from([(Shape::Dead, DEAD), (Shape::End, END)]),
            steps: HashMap::new(),
            work: 0,
        }
    }

    fn start(&mut self, particle: Option<&'p Particle>) -> Result<usize, Breach> {
        particle.map_or(Ok(END), |particle| self.particle(particle))
    }

    fn particle(&mut self, particle: &'p Particle) -> Result<usize, Breach> {
        let term = match &particle.term {
            Term::Any(wildcard) => self.new_leaf(Leaf::Any(wildcard))?,
            Term::Element(id) => self.new_leaf(Leaf::Element(*id))?,
            Term::All(all) => {
                let all = self.all_of(all)?;
                self.all(all)?
            }
            Term::Choice(all) => {
                let all = self.all_of(all)?;
                self.choice(all)?
            }
            Term::Sequence(all) => {
                let all = self.all_of(all)?;
                all.into_iter()
                    .rev()
                    .try_fold(END, |rest, one| self.then(one, rest))?
            }
        };
        self.times(term, particle.min, particle.max)
    }

    fn all_of(&mut self, all: &'p [Particle]) -> Result<Vec<usize>, Breach> {
        all.iter().map(|one| self.particle(one)).collect()
    }

    fn new_leaf(&mut self, leaf: Leaf<'p>) -> Result<usize, Breach> {
        self.leaves.push(leaf);
        self.number(Shape::Leaf(self.leaves.len() - 1), false)
    }

    fn number(&mut self, shape: Shape, nullable: bool) -> Result<usize, Breach> {
        if let Some(known) = self.by_shape.get(&shape) {
            return Ok(*known);
        }
        let number = self.shapes.len();
        if number >= EXPRESSIONS_MAX {
            return Err(Breach::Undecided(EXPRESSIONS_MAX));
        }
        self.shapes.push((shape, nullable));
        self.by_shape.insert(shape, number);
        Ok(number)
    }

    fn shape(&self, expression: usize) -> Shape {
        self.shapes
            .get(expression)
            .map_or(Shape::Dead, |(shape, _)| *shape)
    }

    fn is_nullable(&self, expression: usize) -> bool {
        self.shapes
            .get(expression)
            .is_some_and(|(_, nullable)| *nullable)
    }

    fn is_dead(&self, expression: usize) -> bool {
        expression == DEAD
    }

    /// One expression, then another.
    fn then(&mut self, one: usize, other: usize) -> Result<usize, Breach> {
        if one == DEAD || other == DEAD {
            return Ok(DEAD);
        }
        // What follows stands once, at the end of the row.
        let mut row = Vec::new();
        let mut last = one;
        while let Shape::Then(first, rest) = self.shape(last) {
            row.push(first);
            last = rest;
        }
        if last != END {
            row.push(last);
        }
        self.spend(row.len())?;
        row.into_iter().rev().try_fold(other, |rest, first| {
            if rest == END {
                return Ok(first);
            }
            let nullable = self.is_nullable(first) && self.is_nullable(rest);
            self.number(Shape::Then(first, rest), nullable)
        })
    }

    fn choice(&mut self, mut all: Vec<usize>) -> Result<usize, Breach> {
        all.sort_unstable();
        all.dedup();
        all.retain(|one| *one != DEAD);
        match *all.as_slice() {
            [] => Ok(DEAD),
            [one] => Ok(one),
            _ => {
                let nullable = all.iter().any(|one| self.is_nullable(*one));
                let options = self.options(all)?;
                self.number(Shape::Choice(options), nullable)
            }
        }
    }

    fn all(&mut self, mut all: Vec<usize>) -> Result<usize, Breach> {
        all.sort_unstable();
        if all.contains(&DEAD) {
            return Ok(DEAD);
        }
        match *all.as_slice() {
            [] => Ok(END),
            [one] => Ok(one),
            _ => {
                let nullable = all.iter().all(|one| self.is_nullable(*one));
                let options = self.options(all)?;
                self.number(Shape::All(options), nullable)
            }
        }
    }

    fn options(&mut self, all: Vec<usize>) -> Result<usize, Breach> {
        self.spend(all.len())?;
        if let Some(known) = self.by_options.get(&all) {
            return Ok(*known);
        }
        self.options.push(all.clone());
        self.by_options.insert(all, self.options.len() - 1);
        Ok(self.options.len() - 1)
    }

    fn times(&mut self, one: usize, min: u32, max: Option<u32>) -> Result<usize, Breach> {
        // Nothing is counted of what may be nothing.
        let min = if self.is_nullable(one) { 0 } else { min };
        match (one, min, max) {
            (_, _, Some(0)) | (END, _, _) | (DEAD, 0, _) => Ok(END),
            (DEAD, _, _) => Ok(DEAD),
            (_, 1, Some(1)) => Ok(one),
            (_, 0, Some(1)) if self.is_nullable(one) => Ok(one),
            _ => {
                let nullable = min == 0;
                self.number(Shape::Times(one, min, max), nullable)
            }
        }
    }

    fn spend(&mut self, work: usize) -> Result<(), Breach> {
        self.work += work;
        if self.work > WORK_MAX {
            return Err(Breach::Undecided(WORK_MAX));
        }
        Ok(())
    }

    /// What may be taken first, and what must follow then. Goes as deep as groups stand inside each
    /// other.
    fn steps(&mut self, expression: usize) -> Result<Rc<[Step<'p>]>, Breach> {
        if let Some(known) = self.steps.get(&expression) {
            return Ok(Rc::clone(known));
        }
        let mut steps = Vec::new();
        match self.shape(expression) {
            Shape::Dead | Shape::End => {}
            Shape::Leaf(leaf) => steps.extend(self.leaves.get(leaf).map(|leaf| (*leaf, END))),
            Shape::Then(..) => {
                let mut row = expression;
                while let Shape::Then(first, rest) = self.shape(row) {
                    for (leaf, next) in self.steps(first)?.iter() {
                        steps.push((*leaf, self.then(*next, rest)?));
                    }
                    row = rest;
                    if !self.is_nullable(first) {
                        row = END;
                    }
                }
                steps.extend_from_slice(&self.steps(row)?);
            }
            Shape::Choice(options) => {
                for one in self.options_of(options) {
                    steps.extend_from_slice(&self.steps(one)?);
                }
            }
            Shape::All(options) => {
                let all = self.options_of(options);
                for (place, one) in all.iter().enumerate() {
                    let mut rest = all.clone();
                    rest.remove(place);
                    self.spend(rest.len())?;
                    let rest = self.all(rest)?;
                    for (leaf, next) in self.steps(*one)?.iter() {
                        steps.push((*leaf, self.then(*next, rest)?));
                    }
                }
            }
            Shape::Times(one, min, max) => {
                let fewer = max.map(|max| max.saturating_sub(1));
                let rest = self.times(one, min.saturating_sub(1), fewer)?;
                for (leaf, next) in self.steps(one)?.iter() {
                    steps.push((*leaf, self.then(*next, rest)?));
                }
            }
        }
        self.spend(steps.len())?;
        let steps: Rc<[_]> = steps.into();
        self.steps.insert(expression, Rc::clone(&steps));
        Ok(steps)
    }

    fn options_of(&self, options: usize) -> Vec<usize> {
        self.options.get(options).cloned().unwrap_or_default()
    }

    /// The elements of which these expressions demand one next.
    fn demanded(&mut self, expressions: &[usize], known: Known<'_>) -> Result<Vec<NameId>, Breach> {
        let mut demanded = Vec::new();
        for expression in expressions {
            for (leaf, _) in self.steps(*expression)?.iter() {
                if let Leaf::Element(id) = leaf {
                    let name = known.elements[*id].name;
                    if !demanded.contains(&name) {
                        demanded.push(name);
                    }
                }
            }
        }
        Ok(demanded)
    }
}
