//! The text of a policy (C2SP tlog-policy), read strictly: a policy that is not understood to the
//! last line must not decide what is believed.

use std::collections::BTreeMap;
use std::fmt;

use crate::cosignature::WitnessKey;
use crate::decimal::parse_decimal;
use crate::policy::{Group, Member, Policy, PolicyLog, PolicyWitness, Quorum};
use crate::verifier_key::{VerifierKey, VerifierKeyError};

/// Largest policy accepted, in bytes.
pub(crate) const MAX_POLICY_BYTES: usize = 64 * 1024;
/// Most logs, witnesses and groups, of each. The specification asks for 32; a note carries at most
/// [`MAX_SIGNATURES`](crate::MAX_SIGNATURES) lines.
const MAX_OF_EACH: usize = 64;
/// The predefined quorum that needs no witness.
const NONE: &str = "none";

/// Why a text is not a policy: the line, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {problem}")]
pub struct PolicyError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: PolicyProblem,
}

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// The text is larger than any policy.
    #[error("the policy is larger than {MAX_POLICY_BYTES} bytes")]
    TooLong,
    /// A control character other than tab and newline, such as the carriage return of Windows.
    #[error(
        "control character {0:#04x}; only tab and newline are allowed (save with Unix line ends)"
    )]
    ControlCharacter(u8),
    /// The last line does not end in a newline.
    #[error("the line does not end in a newline")]
    NoNewline,
    /// The line begins with another word than `log`, `witness`, `group` and `quorum`.
    #[error("'{0}' is not one of log, witness, group, quorum")]
    Keyword(String),
    /// Too few or too many items.
    #[error("the line must be of the form '{0}'")]
    Form(&'static str),
    /// Not the key of a log, or of a witness.
    #[error("{0}")]
    Key(#[from] VerifierKeyError),
    /// Another line has the same public key, which would count twice.
    #[error("another {0} line has the same public key")]
    DuplicateKey(&'static str),
    /// The name means something else, or is taken.
    #[error("the name '{0}' is already defined")]
    DuplicateName(String),
    /// A name that no line above defines.
    #[error("'{0}' is not defined above this line")]
    UnknownName(String),
    /// A witness or group may count in one place only.
    #[error("'{0}' is already a member of a group")]
    SecondMembership(String),
    /// Not `all`, `any` or a number of at least 1 and at most the number of members.
    #[error("the threshold '{threshold}' must be all, any or a number from 1 to {members}")]
    Threshold {
        /// As written.
        threshold: String,
        /// How many members the group has.
        members: usize,
    },
    /// More logs, witnesses or groups than are accepted.
    #[error("there are more than {MAX_OF_EACH} {0} lines")]
    TooMany(&'static str),
    /// Two quorum lines.
    #[error("the policy has a second quorum line")]
    SecondQuorum,
    /// No quorum line: nothing would say how many witnesses are enough.
    #[error("the policy ends without a quorum line; 'quorum none' asks for no witness")]
    NoQuorum,
}

impl Policy {
    /// Reads a policy strictly. Being text, it must be UTF-8, which the specification only
    /// recommends.
    ///
    /// # Errors
    /// The first line that departs from the format, and how.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(PolicyProblem::TooLong.at(1));
        }
        let mut reader = Reader::default();
        let mut number = 0;
        for line in text.split_inclusive('\n') {
            number += 1;
            let read = line.strip_suffix('\n').ok_or(PolicyProblem::NoNewline);
            read.and_then(|line| reader.line(line))
                .map_err(|problem| problem.at(number))?;
        }
        reader.finish().map_err(|problem| problem.at(number.max(1)))
    }
}

impl PolicyProblem {
    fn at(self, line: usize) -> PolicyError {
        PolicyError {
            line,
            problem: self,
        }
    }
}

/// What the lines so far have defined.
#[derive(Default)]
struct Reader<'t> {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<Quorum>,
    /// Each name, and whether it is a member of a group.
    names: BTreeMap<&'t str, (Member, bool)>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str) -> Result<(), PolicyProblem> {
        let refused = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
        if let Some(byte) = line.bytes().find(refused) {
            return Err(PolicyProblem::ControlCharacter(byte));
        }
        // Only space and tab separate: other Unicode spaces are part of names.
        let items = line.split([' ', '\t']).filter(|item| !item.is_empty());
        let items: Vec<&str> = items.collect();
        match items.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", items @ ..] => self.log(items),
            ["witness", items @ ..] => self.witness(items),
            ["group", items @ ..] => self.group(items),
            ["quorum", items @ ..] => self.quorum(items),
            [other, ..] => Err(PolicyProblem::Keyword((*other).to_owned())),
        }
    }

    fn log(&mut self, items: &[&str]) -> Result<(), PolicyProblem> {
        let (key, url) = match items {
            [key] => (key, None),
            [key, url] => (key, Some((*url).to_owned())),
            _ => return Err(PolicyProblem::Form("log <vkey> [<url>]")),
        };
        let key: VerifierKey = key.parse()?;
        let mut known = self.logs.iter();
        if known.any(|log| log.key.public_key() == key.public_key()) {
            return Err(PolicyProblem::DuplicateKey("log"));
        }
        push(&mut self.logs, PolicyLog { key, url }, "log")
    }

    fn witness(&mut self, items: &[&'t str]) -> Result<(), PolicyProblem> {
        let (name, key, url) = match items {
            [name, key] => (*name, key, None),
            [name, key, url] => (*name, key, Some((*url).to_owned())),
            _ => return Err(PolicyProblem::Form("witness <name> <vkey> [<url>]")),
        };
        let key: WitnessKey = key.parse()?;
        let mut known = self.witnesses.iter();
        if known.any(|witness| witness.key.public_key() == key.public_key()) {
            return Err(PolicyProblem::DuplicateKey("witness"));
        }
        self.define(name, Member::Witness(self.witnesses.len()))?;
        let name = name.to_owned();
        push(
            &mut self.witnesses,
            PolicyWitness { name, key, url },
            "witness",
        )
    }

    fn group(&mut self, items: &[&'t str]) -> Result<(), PolicyProblem> {
        let [name, threshold, names @ ..] = items else {
            return Err(PolicyProblem::Form("group <name> all|any|<k> <name>..."));
        };
        if names.is_empty() {
            return Err(PolicyProblem::Form("group <name> all|any|<k> <name>..."));
        }
        let members = names.iter().map(|name| self.claim(name));
        let members: Vec<Member> = members.collect::<Result<_, _>>()?;
        let threshold = parse_threshold(threshold, members.len())?;
        self.define(name, Member::Group(self.groups.len()))?;
        let group = Group {
            name: (*name).to_owned(),
            threshold,
            members,
        };
        push(&mut self.groups, group, "group")
    }

    fn quorum(&mut self, items: &[&str]) -> Result<(), PolicyProblem> {
        let [name] = items else {
            return Err(PolicyProblem::Form("quorum <name>"));
        };
        if self.quorum.is_some() {
            return Err(PolicyProblem::SecondQuorum);
        }
        let known = self.names.get(name).map(|(member, _)| *member);
        self.quorum = match (known, *name) {
            (_, NONE) => Some(Quorum::None),
            (Some(member), _) => Some(Quorum::Of(member)),
            (None, name) => return Err(PolicyProblem::UnknownName(name.to_owned())),
        };
        Ok(())
    }

    fn define(&mut self, name: &'t str, member: Member) -> Result<(), PolicyProblem> {
        if name == NONE || self.names.contains_key(name) {
            return Err(PolicyProblem::DuplicateName(name.to_owned()));
        }
        self.names.insert(name, (member, false));
        Ok(())
    }

    /// Makes a defined name a member of a group, which it can be of one only.
    fn claim(&mut self, name: &str) -> Result<Member, PolicyProblem> {
        match self.names.get_mut(name) {
            None => Err(PolicyProblem::UnknownName(name.to_owned())),
            Some((_, true)) => Err(PolicyProblem::SecondMembership(name.to_owned())),
            Some((member, claimed)) => {
                *claimed = true;
                Ok(*member)
            }
        }
    }

    fn finish(self) -> Result<Policy, PolicyProblem> {
        Ok(Policy {
            logs: self.logs,
            witnesses: self.witnesses,
            groups: self.groups,
            quorum: self.quorum.ok_or(PolicyProblem::NoQuorum)?,
        })
    }
}

fn push<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), PolicyProblem> {
    if list.len() == MAX_OF_EACH {
        return Err(PolicyProblem::TooMany(what));
    }
    list.push(item);
    Ok(())
}

fn parse_threshold(threshold: &str, members: usize) -> Result<usize, PolicyProblem> {
    let number = match threshold {
        "all" => Some(members),
        "any" => Some(1),
        number => parse_decimal(number).and_then(|number| usize::try_from(number).ok()),
    };
    let possible = number.filter(|number| (1..=members).contains(number));
    possible.ok_or_else(|| PolicyProblem::Threshold {
        threshold: threshold.to_owned(),
        members,
    })
}

/// One spelling per policy: logs, witnesses, groups, quorum, without comments. It is never longer
/// than what was read, and reads back as an equal policy.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_url =
            |url: &Option<String>| url.as_ref().map_or(String::new(), |u| format!(" {u}"));
        for log in &self.logs {
            writeln!(f, "log {}{}", log.key, with_url(&log.url))?;
        }
        for witness in &self.witnesses {
            let url = with_url(&witness.url);
            writeln!(f, "witness {} {}{url}", witness.name, witness.key)?;
        }
        for group in &self.groups {
            write!(f, "group {} {}", group.name, group.threshold)?;
            for member in &group.members {
                write!(f, " {}", self.member_name(*member))?;
            }
            writeln!(f)?;
        }
        let quorum = match self.quorum {
            Quorum::None => NONE,
            Quorum::Of(member) => self.member_name(member),
        };
        writeln!(f, "quorum {quorum}")
    }
}
