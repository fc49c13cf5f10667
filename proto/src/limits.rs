//! How much a request may hold before it is refused.

/// What a request may hold at most.
///
/// Every limit is checked before anything beyond it is yielded, so the work and the memory that a
/// request costs follow from these numbers and the length of its bytes alone.
///
/// ```
/// use headcount_proto::Limits;
///
/// let strict = Limits { points: 10_000, ..Limits::default() };
/// assert_eq!(strict.attributes, 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `ResourceMetrics` of a request.
    pub resources: usize,
    /// `ScopeMetrics` of a request, over all its resources.
    pub scopes: usize,
    /// Metrics of a request, over all its resources.
    pub metrics: usize,
    /// Data points of a request, of every kind, over all its metrics.
    pub points: usize,
    /// Attributes of one entity: a resource, a scope, a metric's metadata, a point or an exemplar.
    /// [`Limits::ATTRIBUTES`] is the most that the reader has room for; more counts as that.
    pub attributes: usize,
    /// Bytes of an attribute's key.
    pub key_bytes: usize,
    /// Bytes of an attribute's value, also of a whole array or key-value list as encoded, and of
    /// every other text: names, units, descriptions, URLs.
    pub value_bytes: usize,
    /// Depth of an `AnyValue`: 1 is a plain value, 2 an array of plain values.
    pub depth: usize,
    /// Exemplars of one data point.
    pub exemplars: usize,
    /// Bucket counts and bounds of one data point, each range of an exponential histogram apart.
    pub buckets: usize,
    /// Quantiles of one summary point.
    pub quantiles: usize,
    /// Entity references of one resource.
    pub entities: usize,
    /// Bytes of a request in fields that OTLP metrics does not have.
    pub unknown_bytes: usize,
}

impl Limits {
    /// The most attributes of one entity that the reader can be told to take.
    pub const ATTRIBUTES: usize = 64;

    #[inline]
    pub(crate) fn most(&self, bound: Bound) -> usize {
        match bound {
            Bound::Resources => self.resources,
            Bound::Scopes => self.scopes,
            Bound::Metrics => self.metrics,
            Bound::Points => self.points,
            Bound::Attributes => self.attributes.min(Self::ATTRIBUTES),
            Bound::KeyBytes => self.key_bytes,
            Bound::ValueBytes => self.value_bytes,
            Bound::Depth => self.depth,
            Bound::Exemplars => self.exemplars,
            Bound::Buckets => self.buckets,
            Bound::Quantiles => self.quantiles,
            Bound::Entities => self.entities,
            Bound::UnknownBytes => self.unknown_bytes,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resources: 256,
            scopes: 2_000,
            metrics: 2_000,
            points: 100_000,
            attributes: Self::ATTRIBUTES,
            key_bytes: 128,
            value_bytes: 4 * 1024,
            depth: 8,
            exemplars: 64,
            buckets: 1_024,
            quantiles: 256,
            entities: 64,
            unknown_bytes: 64 * 1024,
        }
    }
}

/// One of the limits, as the schema and the errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Resources,
    Scopes,
    Metrics,
    Points,
    Attributes,
    KeyBytes,
    ValueBytes,
    Depth,
    Exemplars,
    Buckets,
    Quantiles,
    Entities,
    UnknownBytes,
}

impl Bound {
    /// What there may be at most so many of, as the end of a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Resources => "resources in a request",
            Self::Scopes => "scopes in a request",
            Self::Metrics => "metrics in a request",
            Self::Points => "data points in a request",
            Self::Attributes => "attributes",
            Self::KeyBytes => "bytes of key",
            Self::ValueBytes => "bytes of text or value",
            Self::Depth => "levels of attribute value",
            Self::Exemplars => "exemplars in a data point",
            Self::Buckets => "bucket counts and bounds",
            Self::Quantiles => "quantiles in a data point",
            Self::Entities => "entity references in a resource",
            Self::UnknownBytes => "bytes of unknown fields in a request",
        }
    }
}

/// A limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) bound: Bound,
    pub(crate) most: usize,
}

/// What the whole request has used up of its limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage<'l> {
    limits: &'l Limits,
    counts: [usize; 5],
}

/// What one message has used up: a message's repeated fields are counted message by message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally([u32; 5]);

impl<'l> Usage<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, counts: [0; 5] }
    }

    /// The limit that `size` bytes of one text, value or key, or a depth, must keep.
    #[inline]
    pub(crate) fn size(&self, bound: Bound, size: usize) -> Result<(), Passed> {
        let most = self.limits.most(bound);
        if size > most { Err(Passed { bound, most }) } else { Ok(()) }
    }

    /// Takes `amount` more of something that is counted over the whole request.
    #[inline]
    pub(crate) fn request(&mut self, bound: Bound, amount: usize) -> Result<(), Passed> {
        let count = match bound {
            Bound::Resources => &mut self.counts[0],
            Bound::Scopes => &mut self.counts[1],
            Bound::Metrics => &mut self.counts[2],
            Bound::Points => &mut self.counts[3],
            _ => &mut self.counts[4],
        };
        *count = count.saturating_add(amount);
        let count = *count;
        self.size(bound, count)
    }

    /// Takes one more occurrence of a repeated field.
    pub(crate) fn occurrence(&mut self, bound: Bound, tally: &mut Tally) -> Result<(), Passed> {
        let count = match bound {
            Bound::Attributes => &mut tally.0[0],
            Bound::Exemplars => &mut tally.0[1],
            Bound::Buckets => &mut tally.0[2],
            Bound::Quantiles => &mut tally.0[3],
            Bound::Entities => &mut tally.0[4],
            _ => return self.request(bound, 1),
        };
        *count = count.saturating_add(1);
        let count = *count as usize;
        self.size(bound, count)
    }
}
