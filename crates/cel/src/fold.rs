//! Macros with a body that is evaluated for each item.

use crate::eval::{Evaluator, Outcome, Scope, error, insert, weightier};
use crate::functions::sort_by_keys;
use crate::path::Step;
use crate::tree::{Fold, Macro};
use crate::value::{Kind, Map, Value};
use crate::{Failure, Read};

/// The units that one item costs besides its body.
const ITEM_COST: u64 = 3;

/// The units that an item of a new list costs.
const NEW_ITEM_COST: u64 = 10;

type Variables<'a> = (Value<'a>, Option<Value<'a>>);

impl<'a> Evaluator<'_, 'a> {
    pub(crate) fn fold(&self, fold: &'a Fold, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let start = self.mark();
        let range = self.part(&fold.range, scope)?;
        self.spend(1)?;
        match fold.macro_ {
            Macro::OptMap | Macro::OptFlatMap => return self.optional(fold, range, scope),
            _ => {}
        }
        let range = self.whole(range)?;
        let rounds = rounds(fold, &range).ok_or_else(|| {
            let message = format!("`{}` is neither a list nor a map", range.type_name());
            error(&fold.range, message)
        })?;
        match fold.macro_ {
            Macro::All => self.quantifier(fold, rounds, false, start, scope),
            Macro::Exists => self.quantifier(fold, rounds, true, start, scope),
            Macro::ExistsOne => {
                let mut count = 0;
                for round in rounds {
                    count += usize::from(self.round_flag(fold, round, scope)?);
                }
                Ok(Kind::Bool(count == 1).into())
            }
            Macro::SortBy if !matches!(range.kind, Kind::List(_)) => {
                let message = format!("`{}` is not a list", range.type_name());
                Err(error(&fold.range, message))
            }
            Macro::TransformMap | Macro::TransformMapEntry => self.new_map(fold, rounds, scope),
            _ => self.new_list(fold, rounds, scope),
        }
    }

    /// What is only known in parts is not known as a range: there could be more items.
    fn whole(&self, range: Value<'a>) -> Outcome<'a> {
        match (self.inputs.oracle, &range.path) {
            (Some(oracle), Some(path)) if oracle(path) == crate::Knowledge::Partly => {
                Err(Failure::Unknown(path.clone()))
            }
            _ => Ok(range),
        }
    }

    fn round<T>(
        &self,
        fold: &'a Fold,
        (first, second): Variables<'a>,
        scope: Option<&Scope<'_, 'a>>,
        body: impl FnOnce(Option<&Scope<'_, 'a>>) -> Result<T, Failure<'a>>,
    ) -> Result<T, Failure<'a>> {
        self.spend(ITEM_COST)?;
        let first = Scope {
            name: &fold.first,
            value: first,
            outer: scope,
        };
        match (&fold.second, second) {
            (Some(name), Some(value)) => body(Some(&Scope {
                name,
                value,
                outer: Some(&first),
            })),
            _ => body(Some(&first)),
        }
    }

    fn round_flag(
        &self,
        fold: &'a Fold,
        round: Variables<'a>,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Result<bool, Failure<'a>> {
        self.round(fold, round, scope, |scope| self.flag(&fold.body, scope))
    }

    /// `all` and `exists`: one item that is `decisive` decides, whatever the others fail with. When reads are recorded, those
    /// of all such items are.
    fn quantifier(
        &self,
        fold: &'a Fold,
        rounds: Vec<Variables<'a>>,
        decisive: bool,
        start: usize,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut failed = None;
        let mut deciding: Option<Vec<Read<'a>>> = None;
        for round in rounds {
            let before = self.mark();
            match self.round_flag(fold, round, scope) {
                Ok(flag) if flag == decisive => {
                    let reads = self.log.borrow_mut().split_off(before);
                    deciding.get_or_insert_default().extend(reads);
                    if !self.inputs.is_traced {
                        break;
                    }
                }
                Ok(_) => {}
                Err(Failure::Limit) if deciding.is_some() => break,
                Err(Failure::Limit) => return Err(Failure::Limit),
                Err(failure) => failed = Some(weightier(failed, failure)),
            }
        }
        if let Some(reads) = deciding {
            if !reads.is_empty() {
                self.log.borrow_mut().truncate(start);
                self.log.borrow_mut().extend(reads);
            }
            return Ok(Kind::Bool(decisive).into());
        }
        failed.map_or_else(|| Ok(Kind::Bool(!decisive).into()), Err)
    }

    /// Whether the filter of a macro lets an item through.
    fn passes(&self, fold: &'a Fold, scope: Option<&Scope<'_, 'a>>) -> Result<bool, Failure<'a>> {
        match &fold.filter {
            Some(filter) => self.flag(filter, scope),
            None => Ok(true),
        }
    }

    fn new_list(
        &self,
        fold: &'a Fold,
        rounds: Vec<Variables<'a>>,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let (mut items, mut keys) = (Vec::new(), Vec::new());
        for round in rounds {
            let item = round.0.clone();
            let found = self.round(fold, round, scope, |scope| match fold.macro_ {
                Macro::Filter => Ok(self.flag(&fold.body, scope)?.then_some(item)),
                Macro::SortBy => {
                    keys.push(self.eval(&fold.body, scope)?);
                    Ok(Some(item))
                }
                _ if !self.passes(fold, scope)? => Ok(None),
                _ => self.eval(&fold.body, scope).map(Some),
            })?;
            self.spend(if found.is_some() { NEW_ITEM_COST } else { 0 })?;
            items.extend(found);
        }
        if fold.macro_ == Macro::SortBy {
            items = sort_by_keys(items, &keys).map_err(|message| error(&fold.body, message))?;
        }
        Ok(Value::list(items))
    }

    fn new_map(
        &self,
        fold: &'a Fold,
        rounds: Vec<Variables<'a>>,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut entries = Vec::new();
        for round in rounds {
            let key = round.0.clone();
            let value = self.round(fold, round, scope, |scope| {
                match self.passes(fold, scope)? {
                    true => self.eval(&fold.body, scope).map(Some),
                    false => Ok(None),
                }
            })?;
            let added = match value.map(|value| (value.kind, value.path)) {
                None => Vec::new(),
                Some((Kind::Map(map), _)) if fold.macro_ == Macro::TransformMapEntry => {
                    map.iter().collect()
                }
                Some((kind, path)) => vec![(key, Value { kind, path })],
            };
            for (key, value) in added {
                self.spend(entries.len() as u64 / 10)?;
                insert(&mut entries, key, value, true)
                    .map_err(|message| error(&fold.body, message))?;
            }
        }
        Ok(Kind::Map(Map::Made(entries.into())).into())
    }

    /// `optMap` and `optFlatMap`.
    fn optional(
        &self,
        fold: &'a Fold,
        range: Value<'a>,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let inner = match range.kind {
            Kind::Optional(Some(inner)) => (*inner).clone(),
            Kind::Optional(None) => return Ok(range),
            _ => return Err(error(&fold.range, "expected an optional")),
        };
        let value = self.round(fold, (inner, None), scope, |scope| {
            self.eval(&fold.body, scope)
        })?;
        match fold.macro_ {
            Macro::OptMap => Ok(Value::optional(Some(value))),
            _ => Ok(value),
        }
    }
}

/// The values of the variables for each item: an item or a key, or an index or a key with its value.
fn rounds<'a>(fold: &Fold, range: &Value<'a>) -> Option<Vec<Variables<'a>>> {
    let is_pair = fold.second.is_some();
    let placed = |value: Value<'a>, step: Step<'a>| {
        let path = value.path.clone().or_else(|| range.path_to(|| step));
        Value { path, ..value }
    };
    Some(match &range.kind {
        Kind::List(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let item = range.item(item, index);
                match is_pair {
                    true => (Kind::Int(index as i64).into(), Some(item)),
                    false => (item, None),
                }
            })
            .collect(),
        Kind::Map(map) => map
            .iter()
            .map(|(key, value)| {
                let step = match &key.kind {
                    Kind::Text(text) => Step::Key(text.clone()),
                    _ => return (key, Some(value)),
                };
                let key = placed(key, step.clone());
                (key, is_pair.then(|| placed(value, step)))
            })
            .collect(),
        _ => return None,
    })
}
