-- A database as the fifth version of the store made it, with what the fourth one has: its report is counted, its day is
-- frozen, and another backend has that.
PRAGMA journal_mode = WAL;
CREATE TABLE report (
    contract TEXT NOT NULL,
    version TEXT NOT NULL,
    -- Days since 1970-01-01.
    date INTEGER NOT NULL,
    -- A keyed hash: see the receiver's secret.
    instance BLOB NOT NULL CHECK (length(instance) = 32),
    -- All that came of the report, merged and sealed.
    part BLOB NOT NULL,
    -- When the first of it came, where the contract says so: seconds since 1970-01-01.
    received_at INTEGER,
    -- What stands for its sender on that day, where the contract says so.
    source BLOB CHECK (source IS NULL OR length(source) = 32),
    PRIMARY KEY (contract, version, date, instance)
) STRICT;
CREATE TABLE erasure (
    -- A keyed hash, as in `report`.
    instance BLOB NOT NULL PRIMARY KEY CHECK (length(instance) = 32),
    -- Reports with this id or a smaller one are not kept again.
    report_id TEXT NOT NULL,
    -- Nor points of this time or an earlier one: nanoseconds since 1970-01-01, the bits of an unsigned number.
    time INTEGER NOT NULL,
    -- When it was last asked for: seconds since 1970-01-01.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_since ON erasure (since);
CREATE TABLE instance (
    -- A keyed hash, as in `report`. Every instance of a report is here.
    instance BLOB NOT NULL PRIMARY KEY CHECK (length(instance) = 32),
    contract TEXT NOT NULL,
    -- The first day for which it reported.
    first INTEGER NOT NULL,
    -- The last one, or a day less than a week before it.
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE receiver (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    -- Tells the secret under which everything here is hidden from any other.
    secret_mark BLOB NOT NULL CHECK (length(secret_mark) = 32),
    -- How far the clock is believed, and between when and when it is doubted: seconds since 1970-01-01.
    believed INTEGER,
    doubted_first INTEGER,
    doubted_last INTEGER
) STRICT;
CREATE TABLE outbox (
    -- The order in which they are to leave. A number is never used again.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contract TEXT NOT NULL,
    version TEXT NOT NULL,
    date INTEGER NOT NULL,
    -- A keyed hash, as in `report`.
    instance BLOB NOT NULL CHECK (length(instance) = 32),
    -- What came, sealed.
    part BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_instance ON outbox (instance);
CREATE INDEX outbox_date ON outbox (contract, version, date);
-- How much that is.
ALTER TABLE receiver ADD COLUMN outbox_parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receiver ADD COLUMN outbox_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE counting (
    contract TEXT NOT NULL PRIMARY KEY,
    -- The day whose reports are counted. All days before it are frozen.
    day INTEGER NOT NULL,
    -- Which of them was counted last: its version and its instance. None: none was.
    version TEXT,
    instance BLOB CHECK (instance IS NULL OR length(instance) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (
    contract TEXT NOT NULL,
    -- A keyed hash, as in `report`. Every instance that was counted and of which there are reports is here.
    instance BLOB NOT NULL CHECK (length(instance) = 32),
    -- What of its reports is in the cells, sealed.
    entry BLOB NOT NULL,
    PRIMARY KEY (contract, instance)
) STRICT, WITHOUT ROWID;
CREATE TABLE cell (
    contract TEXT NOT NULL,
    -- What is counted in it: a day, or a month.
    key INTEGER NOT NULL,
    -- The counters, sealed.
    counters BLOB NOT NULL,
    PRIMARY KEY (contract, key)
) STRICT;
CREATE TABLE frozen (
    contract TEXT NOT NULL,
    day INTEGER NOT NULL,
    -- What is shown of the day, for everybody: JSON.
    numbers TEXT NOT NULL,
    -- What tells whether later numbers differ by enough instances, sealed.
    sketches BLOB NOT NULL,
    PRIMARY KEY (contract, day)
) STRICT;
CREATE TABLE pushed (
    contract TEXT NOT NULL PRIMARY KEY,
    -- The newest frozen day that another backend has.
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- How often reports were deleted, so that nobody counts one that was read before.
ALTER TABLE receiver ADD COLUMN deletions INTEGER NOT NULL DEFAULT 0;
PRAGMA application_id = 0x48434e54;
PRAGMA user_version = 5;
INSERT INTO receiver (id, secret_mark) VALUES (
    0, x'A955916F92FAEFC051E179C3BBAE1F3CA4F695D2FD7BD1B2E19B30DDBC3E24FF'
);
INSERT INTO instance (instance, contract, first, last) VALUES (
    x'5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a', 'openfn', 19838, 19838
);
INSERT INTO erasure (instance, report_id, time, since) VALUES (
    x'5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a', '', 1713960000000000000, 1713960000
);
INSERT INTO report (contract, version, date, instance, part) VALUES (
    'openfn', '2', 19838,
    x'5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a',
    x'01158CE822200BD47EE785236FDD96B22601C0B1AD9D4616724E0A0E9AD4AACEEDAAB214BBB58C7F57710AAC94C7F1D1D08731A812D18084A545A9FA633DC75C053B31EF8C2751F41510DD285A7B2238C914E27F1D26367B0896FBA746AB72AF171AA725003693C3E8E94F94B29E427F26F07474BAA0145EAA14213EA4FD0B78DAB7B8B84AD6ED9C6FA48E25ECE93CCC4078E8CE1453A4402DA5471089CE1DB11110EB550D49043F21CA9D65AC467EC3F0EBCB3CDF17292EC2317982CF709F96D4958828D2E852C0E4ADCBCCE7E6F1A192D6C6063ED7E4EE2987D51ACB5EEC5AE860620D9983BE81147D1ABBF8A65CDC20FB5176581B44CF67340F2CC99B5E19E89240C55B0263B83A64EE31E3018EC647648BD5219244F772BE1574FC41E97C089320C3D05EB45F25F00CA7176BD4A01614802C276E3CCD7E43F51EFF94254C5F3BCB834AAAF1BDFBB3A34125FCA88A2E4423B30B32D8D1220F61ED517DF553659A5595E2B4CB74A63A10649C3A792ED6827046128A5E58EE88BF81B33F664C73A7B42642F26FD80D4CE8299BB1B99CCF814FA1238B62213F1AA7539293B65A25A41DCD17FB051D16BFC8A49D7DC8EA23BB96A86BA075A6B8689CF7C8C37127C35BA6FFAC2FD7A15568CA0B5FA759491850CEFAC14004E27293C60F6BB8B420B68BC16EFAD941AA069E81C558BA3D1982F8C906A3CD9BEC723C372A4149069F56595A467D3BBFBD2E586F6B772736D1D85A73A7B511455056CAF59C7F3FE79C8D9888FA83F1C52847D0662D1CD3BAA0C838FDFF89A165AC52573F41E6927B0128D1D57117CBA32CA464EF6DFAF54F09B6A25C2B2BE839EB00FD707F311DC704993A4F8F70BDB0FB35268054247D424F084E6D7B1AE35342500EAE23BB6FDA4F619C81876CDF80CFF93C280BF3BA19F1B2025322903728C3F72E28CAE2D3841F9E0E9DE42750181D9C2E9113C2044F0DD04DC3CA5F153409C9128201B28E8C96161FBD96413AE868056B58E19D3D85B8F787719C5AC88E1A8C1BC0836F1EF4E3E7C8E9CFB4678C9C0F4CFD15F46F9E9E5A91F84E289192A2F4B774328DF22BE9C6BECAC1AA7B9247B9'
);
INSERT INTO outbox (contract, version, date, instance, part) VALUES (
    'openfn', '2', 19838, x'5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B5B',
    x'01D10E2092DDC67574B33717C1B869A1A1B24976AAECE0AEDE169B3769631D37EAC2953C31507287FB98005B179341F0B8F98005B76072BF280D6B47443873A0D0E82C0D599E2361BA943E33D1152DF9C453CFB1D43E990FC32D9AA1AF327D80831F5C69EAC0DCC5178797D241F5776C50A58B0DCB673180D5AF3A897C72F62D1D0F94572F1579214A355EDC41577ABE0165F1FC7890F7BA7CD39310EC594EB22D686054FA6C842A9771FDB1CE5B4EDF80DCB23AD22BE4644E14F48957BC4EE74A0C454FA8F14BE4641D754CF0AF6A9E8265B2FADFCF661127D4E631A8E3C90BC151D82E57884955299402C667D79017A4423ECC3ADFCDAF5B0210'
);
UPDATE receiver SET outbox_parts = 1, outbox_bytes = 251;
INSERT INTO counting (contract, day, version, instance) VALUES (
    'openfn', 19839, NULL, NULL
);
INSERT INTO ledger (contract, instance, entry) VALUES (
    'openfn', X'5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A', X'01A01EF6418144DE6D68D86433BE8EB9FB1ACE9F7AA217ED720EB8060E421FC16C7381ED984D245EA00A71775C47F0EE0B8D93F6B807477609F380D24C9AB023BBAD2A03F660E1E2FD5BB5C2FC5CDDE639BB3A422046DDC1E90FDE594D'
);
INSERT INTO cell (contract, key, counters) VALUES (
    'openfn', -9223372036854775808, X'01D50CE4D777AEC236CD827F4E1D551DF8C5C63E9B6CE781C6CE8DF8F221C8F18D9A28DD6907E28069EF388D9FA48DE73A96746E6724DC15A7244DBA4B5982A50266E9402024C8410F057E60C58A6A5945FD562FD29A16CD4900C7AFAE018DA29D261DDD096AC22811604E99FBD1C9088F2FE1880DF299995F6AEC3AACCF55A92B605FCDB2F9C0E37096215E8D0BAFB452B0C5A721C381EFCB2CE7D3ADA09AF896A31B61E959620A7DF2751A315896151E936B0A718B6195D4E75AA74310AFEEAA9098AD5B720587CB4521483B4FA8E74193E1FC9304E4A593F6A586C084C00BF005D602BE27B98261C2484FF5BFC8B9E2DD2388E9B4E7BA33D278AFBC86A24ECBE503394D5026490C1639E042FDBC9A2ED2792795A4CAB067FEFA12176D32D5E677A79AC8BE92B235B7BB7463508739258677756C162B79F6379EC4F34302FF86B27F464E9DD1AF39893A10CDB658C0AECEE5DD2B18C6B9B0520D73BEAC26721D93FEBF4B59CD5D04B14C75F686FA770FB0A8C33703DB553554CEE03F6B417E73154CB5630332'
);
INSERT INTO cell (contract, key, counters) VALUES (
    'openfn', -9223372036854775807, X'0113B92B28F3CF73C70F44AB3A7C0729765A387E9F1EF92386AB1DF71270E30F6126BBCA31D5628C93BE0A6A7750D3E357E5F2B14B58F9F53538183796BEEBFC28AA008C8533FC1584CDEA4B1E58'
);
INSERT INTO cell (contract, key, counters) VALUES (
    'openfn', 19838, X'01210B13EE347AD5FDBAA4C3E3C52DC7A2F9EFF5DB128781CC350210758EBB9A6F0454FB07456F96C9A6123426F01F5978467B3633113E2204C135B60FDC715BD522E5DE6B2B35D2250BBEC891FF30AA8F6FCDAD8787C90742762C9F78BFD909335CE566EE4B63DA72C8B3263A20509EB7D671CA9F7D7FF793A234905DEB6A6D2B60F7062C241160361EBB670FF0982AEBAF63343F33B7B40B81251542EE1B2C8A017D953047D88777691FF6867A06C96119B67D5116DF80A94CF333F42F86CB6ECEAAEE09484A7B76C752B6C3595BDC330BEE1EB54133469117A5F1BAAB1F4ACC96BB506CD620CCD61BDAB58834049DE054006BC82005982BF1C3367C3AC675B9840A1EBAD0DAC85F1CFB250876A8304599916523DCCEBA85A2A0C1D8B0802EBE3CE50D981A500A5D471626C0CC1ACB3201A3CF611756E4149712E3092672F9D8978B3293B00C32BA2A3A7316F91A2E05BD405A0E1DAF9B4EC313680622113D0E3BF5943BA1B43D51529639C72528D060D4F668026518590298066459DA798DB26C45A5ABC8DAF754573CC25BED5431901E4250CA5407844011272EB680CA56F027E43EB7DE34BE1FA8094E0761235A1823CD772D025103EA83081816774D73D1655AE3B5A0C92940E274BA49893703344AEBD21AADE6A7841747E4214D8DCAA2B930601EDFB0045E4E75EC9D1EB0161A1F62EC0E1C495A923328DE419EC3A12BC4B467F6B6C1B6DDBB3A2639016AC5009E44887F1E262705802069D0865C5F2430F56421D070EA4FE2F7D0D9FD06689FBC0240AF7BB0F21653A9530D93ACE252D0C45F'
);
INSERT INTO frozen (contract, day, numbers, sketches) VALUES (
    'openfn', 19838, '{"day":"2024-04-25","frozen_on":"2024-04-27","numbers":[{"figure":"instances","definition":"f1e50521d81ff525","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"projects","definition":"825912e5b0b5463e","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"workflows","definition":"5b44184bed9f8451","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"users","definition":"9f5fcf1563d377aa","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"active_users","definition":"9774f10d1d5983e8","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"monthly_active_users","definition":"e33506ff346afcad","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"runs","definition":"bcc4f8f64213d706","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"steps","definition":"c2a5491428e5b378","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"jobs","definition":"815a1e4dee4c404b","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"active_jobs","definition":"b062f05d19385af6","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"versions","definition":"cf37f9307b22c336","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"operating_systems","definition":"6207ab32b533feaa","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"projects_per_instance","definition":"fd432fd73dad6adc","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"users_per_instance","definition":"eeb4668b603724de","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"runs_per_instance","definition":"7e57a57ab76c7c95","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"median_projects","definition":"7e92ea9703cbe35d","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"median_workflows","definition":"aa7e38b976775cd3","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"median_users","definition":"5aa7a498683ef535","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"instances_day","definition":"1addab5ec8c48009","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"instances_28_days","definition":"abfc93184f994de3","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"instances_30_days","definition":"12ff6867ef75078c","as_of":"2024-04-25","complete":false,"instances":null,"value":"hidden"},{"figure":"retention","definition":"a98e1bd0cbaf871f","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"},{"figure":"reporting_days","definition":"3cc565c849af85ef","as_of":"2024-04-25","complete":true,"instances":null,"value":"hidden"}]}', X'0149F5EA649EADDF0FFA838E7EF8A0082A499FBFEA20D99ACF22BD3F41D2A4'
);
INSERT INTO pushed (contract, day) VALUES (
    'openfn', 19838
);
UPDATE receiver SET believed = 1714176000, deletions = 0;
