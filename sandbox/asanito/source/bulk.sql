-- Very many members at once, made by the server: $1 how many, $2 the seed. Every one plain, every one with a number of its own.
INSERT INTO dbo."membership" ("personVId", "memberVId", "Creator", "modifier", "MembershipCode", "name", "lastname", "CodeMelli",
    "Address1", "MobilePhoneNumber1", "DebtorAmount", "gender", "Birthday", "PersianMembershipDate", "isChange", "wallet")
SELECT md5('person ' || $2 || ' ' || n)::uuid, md5('member ' || $2 || ' ' || n)::uuid, 1, 1, 10000000 + n, 'نام ' || n % 997, 'فامیل ' || n % 9973,
    NULL, 'خیابان ' || n % 499, '09' || lpad((100000000 + n)::text, 9, '0'), 0, n % 2, '1370/01/' || lpad((1 + n % 29)::text, 2, '0'), '1402/05/05', true, 0
FROM generate_series(1, $1::bigint) AS n ORDER BY n
